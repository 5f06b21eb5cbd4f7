// A lesson: captions one after the other, each with its slider values; numbers in a caption are read from the grid.

// Replace {L4-L5.disc_compression_N} by the number that is on screen at this step.
function captionOf(text, scene, about) {
  return text.replace(/\{([^.}]+)\.([^}]+)\}/g, (_, level, field) => {
    const { digits, unit } = about.details.find((entry) => entry.field === field);
    return withUnit(number(result(scene, about, about.levels.indexOf(level), field), digits), unit);
  });
}

// A step with all that those before it left as they were, so that every way to it shows the same.
function stepOf(steps, index) {
  const whole = { at: {} };
  for (const step of steps.slice(0, index + 1)) {
    for (const [key, value] of Object.entries(step)) if (value !== null && key !== 'at') whole[key] = value;
    Object.assign(whole.at, step.at);
  }
  return whole;
}

function showStep(app, index) {
  const box = byId('lesson'), { about, state } = app;
  if (!about.lesson[index]) return;
  const step = stepOf(about.lesson, index);
  state.step = index;
  if (plays(sourceOf(app))) { state.source = 0; showSource(app); }
  box.querySelector('.count').textContent = `Step ${index + 1} of ${about.lesson.length}`;
  box.querySelector('h2').textContent = step.title;
  box.querySelector('.before').disabled = index === 0;
  box.querySelector('.after').disabled = index === about.lesson.length - 1;
  state.level = step.level ?? about.start.level;
  Object.assign(app.camera, VIEWS[step.view ?? 'back'], { zoom: 1 });
  byId('quantity').value = state.quantity = step.quantity ?? about.start.quantity;
  byId('muscles').value = state.muscles = step.muscles ?? about.start.muscles;
  showScales(app);
  goTo(app, { ...about.sources[0].start, ...step.at }, () => { box.querySelector('.caption').textContent = captionOf(step.caption, app.scene, about); });
}

function startLesson(app) {
  const box = byId('lesson');
  box.hidden = !app.about.lesson.length;
  if (box.hidden) return;
  box.querySelector('.before').addEventListener('click', () => showStep(app, app.state.step - 1));
  box.querySelector('.after').addEventListener('click', () => showStep(app, app.state.step + 1));
  showStep(app, app.state.step);
}
