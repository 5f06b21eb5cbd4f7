// A lesson: captions one after the other, each with its slider values; numbers in a caption are read from the grid.

// Replace {L4-L5.disc_compression_N} by the number that is on screen at this step.
function captionOf(text, scene, about) {
  return text.replace(/\{([^.}]+)\.([^}]+)\}/g, (_, level, field) => {
    const { digits, unit } = about.details.find((entry) => entry.field === field);
    return withUnit(number(result(scene, about, about.levels.indexOf(level), field), digits), unit);
  });
}

function showStep(app, index) {
  const box = byId('lesson'), { about, state } = app, step = about.lesson[index];
  if (!step) return;
  state.step = index;
  box.querySelector('.count').textContent = `Step ${index + 1} of ${about.lesson.length}`;
  box.querySelector('h2').textContent = step.title;
  box.querySelector('.before').disabled = index === 0;
  box.querySelector('.after').disabled = index === about.lesson.length - 1;
  if (step.level !== null) state.level = step.level;
  if (step.view) Object.assign(app.camera, VIEWS[step.view], { zoom: 1 });
  if (step.quantity) byId('quantity').value = state.quantity = step.quantity;
  if (step.muscles) byId('muscles').value = state.muscles = step.muscles;
  showScales(app);
  goTo(app, step.at, () => { box.querySelector('.caption').textContent = captionOf(step.caption, app.scene, about); });
}

function startLesson(app) {
  const box = byId('lesson');
  box.hidden = !app.about.lesson.length;
  if (box.hidden) return;
  box.querySelector('.before').addEventListener('click', () => showStep(app, app.state.step - 1));
  box.querySelector('.after').addEventListener('click', () => showStep(app, app.state.step + 1));
  showStep(app, app.state.step);
}
