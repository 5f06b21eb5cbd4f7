// Everything that can be pressed, dragged or chosen, tied to what it does.

function connect(app) {
  const { about, state, camera } = app;
  app.labels = makeLabels(byId('labels'), byId('leaders'), about, (level) => choose(app, level), (level) => hover(app, level));
  makeTable(byId('levels'), about, (level) => choose(app, level), (level) => hover(app, level));
  makeSliders(byId('sliders'), about, state.values, (key) => slid(app, key));
  const button = element('button', { type: 'button', id: 'play', 'aria-pressed': 'false' }, 'Play');
  byId('sliders').querySelector('.slider label')?.after(button);
  button.addEventListener('click', () => playOrStop(app));
  steer(byId('canvas'), camera, () => ask(app), (x, y) => hoverAt(app, x, y), (x, y) => pickAt(app, x, y), (key) => pressed(app, key));
  connectOptions(app);
  connectView(app);
  addEventListener('resize', () => ask(app));
  addEventListener('beforeprint', () => { refresh(app); if (app.renderer) byId('printed').src = byId('canvas').toDataURL(); });
  byId('canvas').addEventListener('webglcontextlost', () => tell('The graphics card gave up; load the page again.'));
}

function slid(app, key) {
  const { about, state } = app, axis = about.axes.find((one) => one.key === key);
  stop(app);
  if (byId('snap').checked) state.values[key] = nearest(axis.values, state.values[key]);
  ask(app);
}

function connectOptions(app) {
  const { about, state } = app;
  for (const [name, { short }] of Object.entries(about.quantities)) byId('quantity').append(element('option', { value: name }, short));
  byId('quantity').addEventListener('change', (event) => { state.quantity = event.target.value; showScales(app); ask(app); });
  byId('muscles').addEventListener('change', (event) => { state.muscles = event.target.value; ask(app); });
  for (const id of ['pelvis', 'ligaments']) byId(id).addEventListener('change', () => { showScales(app); ask(app); });
  byId('snap').addEventListener('change', () => {
    if (byId('snap').checked) for (const axis of about.axes) state.values[axis.key] = nearest(axis.values, state.values[axis.key]);
    ask(app);
  });
}

function connectView(app) {
  const zooms = { closer: 1.2, farther: 1 / 1.2 };
  for (const button of document.querySelectorAll('[data-view]')) button.addEventListener('click', () => look(app, button.dataset.view));
  for (const [id, factor] of Object.entries(zooms)) byId(id).addEventListener('click', () => { zoomCamera(app.camera, factor); ask(app); });
  byId('theme').addEventListener('click', () => { setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'); ask(app); });
  // The flat drawing has one view.
  for (const button of byId('tools').children) button.hidden = !app.renderer && button.id !== 'theme';
}

function look(app, name) { Object.assign(app.camera, VIEWS[name], { zoom: 1 }); ask(app); }

// Keys on the picture beside those that turn and zoom; whether there was one to do.
function pressed(app, key) {
  const views = { r: 'back', R: 'back', 1: 'back', 2: 'side', 3: 'front' };
  if (views[key]) look(app, views[key]);
  else if (key === ' ') playOrStop(app);
  else return false;
  return true;
}

function showScales({ about, arrays, state }) { makeScales(byId('scales'), about, arrays, state.quantity, byId('ligaments').checked); }

function setTheme(name) { document.documentElement.dataset.theme = name; }

// Slider values and view from the address, after #: trunk_inclination_deg=40&load_kg=10&view=side&quantity=pressure
function readAddress({ about, state, camera }) {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const axis of about.axes) {
    const value = Number(asked.get(axis.key) ?? NaN);
    if (value >= axis.values[0] && value <= axis.values.at(-1)) state.values[axis.key] = value;
  }
  if (VIEWS[asked.get('view')]) Object.assign(camera, VIEWS[asked.get('view')]);
  if (about.quantities[asked.get('quantity')]) state.quantity = asked.get('quantity');
  if (['off', 'left', 'right', 'both'].includes(asked.get('muscles'))) state.muscles = asked.get('muscles');
  if (about.lesson[Number(asked.get('step')) - 1]) state.step = Number(asked.get('step')) - 1;
}
