// A lesson: captions one after the other, each with its slider values; numbers in a caption are read from the grid.

// Replace {L4-L5.disc_compression_N} by the number that is on screen at this step.
function captionOf(text, scene, about) {
  return text.replace(/\{([^.}]+)\.([^}]+)\}/g, (_, level, field) => {
    const { digits, unit } = about.details.find((entry) => entry.field === field);
    return `${number(result(scene, about, about.levels.indexOf(level), field), digits)} ${unit}`;
  });
}

function makeLesson(box, about, start) {
  const steps = about.lesson, [before, after] = ['.before', '.after'].map((name) => box.querySelector(name)), lesson = { step: -1 };
  box.hidden = !steps.length;
  lesson.go = (index) => {
    if (index < 0 || index >= steps.length) return;
    lesson.step = index;
    box.querySelector('.count').textContent = `Step ${index + 1} of ${steps.length}`;
    box.querySelector('h2').textContent = steps[index].title;
    before.disabled = index === 0;
    after.disabled = index === steps.length - 1;
    start(steps[index], (scene) => { box.querySelector('.caption').textContent = captionOf(steps[index].caption, scene, about); });
  };
  before.addEventListener('click', () => lesson.go(lesson.step - 1));
  after.addEventListener('click', () => lesson.go(lesson.step + 1));
  return lesson;
}
