// Everything that can be pressed, dragged or chosen, tied to what it does.

function connect(app) {
  const { about, state, camera } = app;
  app.labels = makeLabels(byId('labels'), byId('leaders'), about, (level) => choose(app, level), (level) => hover(app, level));
  makeTable(byId('levels'), about, (level) => choose(app, level), (level) => hover(app, level));
  byId('sliders').addEventListener('submit', (event) => event.preventDefault());
  makeParts(byId('part'), about, (key) => choosePart(app, key));
  connectSources(app);
  steer(byId('canvas'), camera, () => ask(app), (x, y) => hoverAt(app, x, y), (x, y) => pickAt(app, x, y), (key) => pressed(app, key));
  connectOptions(app);
  connectView(app);
  addEventListener('resize', () => ask(app));
  addEventListener('beforeprint', () => { refresh(app); if (app.renderer) byId('printed').src = byId('canvas').toDataURL(); });
  byId('canvas').addEventListener('webglcontextlost', () => tell('The graphics card gave up; load the page again.'));
}

function connectSources(app) {
  const { about, state } = app, select = byId('source');
  about.sources.forEach(({ title }, k) => select.append(element('option', { value: k }, title)));
  byId('motions').hidden = about.sources.length === 1;
  select.addEventListener('change', () => { stop(app); state.source = Number(select.value); showSource(app); ask(app); });
}

// Sliders of what is shown: of the posture, or of time alone.
function showSource(app) {
  const { state } = app, form = byId('sliders'), source = sourceOf(app), changed = (key) => slid(app, key);
  form.replaceChildren();
  if (plays(source)) { state.values.time_s = nearest(source.axes[0].values, state.values.time_s); makeTime(form, source, state.values, changed); }
  else makeSliders(form, source.axes, state.values, changed);
  byId('source').value = state.source;
  byId('snap').parentElement.hidden = plays(source);
  const button = element('button', { type: 'button', id: 'play', 'aria-pressed': 'false' }, 'Play');
  form.querySelector('.slider label')?.after(button);
  button.addEventListener('click', () => playOrStop(app));
}

function slid(app, key) {
  const { state } = app, source = sourceOf(app), axis = source.axes.find((one) => one.key === key);
  stop(app);
  if (byId('snap').checked && !plays(source)) state.values[key] = nearest(axis.values, state.values[key]);
  ask(app);
}

function connectOptions(app) {
  const { about, state } = app;
  for (const [name, { short }] of Object.entries(about.quantities)) byId('quantity').append(element('option', { value: name }, short));
  byId('quantity').addEventListener('change', (event) => { state.quantity = event.target.value; showScales(app); ask(app); });
  byId('muscles').addEventListener('change', (event) => { state.muscles = event.target.value; ask(app); });
  for (const id of ['pelvis', 'ligaments']) byId(id).addEventListener('change', () => { showScales(app); ask(app); });
  byId('snap').addEventListener('change', () => {
    if (byId('snap').checked) for (const axis of about.sources[0].axes) state.values[axis.key] = nearest(axis.values, state.values[axis.key]);
    ask(app);
  });
}

function connectView(app) {
  const zooms = { closer: 1.2, farther: 1 / 1.2 };
  for (const button of document.querySelectorAll('[data-view]')) button.addEventListener('click', () => look(app, button.dataset.view));
  for (const [id, factor] of Object.entries(zooms)) byId(id).addEventListener('click', () => { zoomCamera(app.camera, factor); ask(app); });
  byId('theme').addEventListener('click', () => { setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'); ask(app); });
  // The flat drawing has two views, and its shapes are pointed at by themselves.
  for (const button of byId('tools').children) button.hidden = !app.renderer && button.id !== 'theme' && !ACROSS.hasOwnProperty(button.dataset.view);
  const flat = byId('drawing'), levelOf = (event) => event.target.dataset?.level;
  flat.addEventListener('click', (event) => { if (levelOf(event)) choose(app, Number(levelOf(event))); });
  flat.addEventListener('pointermove', (event) => showTip(app, levelOf(event) ? `disc:${levelOf(event)}` : '', event.offsetX, event.offsetY));
  flat.addEventListener('pointerleave', () => showTip(app, '', 0, 0));
}

function look(app, name) {
  Object.assign(app.camera, VIEWS[name], { zoom: 1, panX: 0, panY: 0 });
  if (ACROSS.hasOwnProperty(name)) app.state.flat = name;
  ask(app);
}

// Keys on the picture beside those that turn and zoom; whether there was one to do.
function pressed(app, key) {
  const views = { r: 'back', R: 'back', 1: 'back', 2: 'side', 3: 'front' };
  if (views[key]) look(app, views[key]);
  else if (key === ' ') playOrStop(app);
  else if (key === 'n' || key === 'p') stepPart(app, key === 'n' ? 1 : -1);
  else if (key === 'Escape') choosePart(app, '');
  else return false;
  return true;
}

function showScales({ about, arrays, state }) { makeScales(byId('scales'), about, arrays, state.quantity, byId('ligaments').checked); }

function setTheme(name) { document.documentElement.dataset.theme = name; }

// Slider values and view from the address, after #: trunk_inclination_deg=40&load_kg=10&view=side&quantity=pressure, or exercise=1&time_s=1.5
function readAddress({ about, state, camera }) {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has('exercise') && about.sources[Number(asked.get('exercise'))]) state.source = Number(asked.get('exercise'));
  for (const axis of sourceOf({ about, state }).axes) {
    const value = Number(asked.get(axis.key) ?? NaN);
    if (value >= axis.values[0] && value <= axis.values.at(-1)) state.values[axis.key] = value;
  }
  if (VIEWS[asked.get('view')]) Object.assign(camera, VIEWS[asked.get('view')]);
  if (ACROSS.hasOwnProperty(asked.get('view'))) state.flat = asked.get('view');
  if (about.quantities[asked.get('quantity')]) state.quantity = asked.get('quantity');
  if (['off', 'left', 'right', 'both'].includes(asked.get('muscles'))) state.muscles = asked.get('muscles');
  if (about.lesson[Number(asked.get('step')) - 1]) state.step = Number(asked.get('step')) - 1;
}
