// One page: what the user chose, what is drawn of it, and when.

function makeApp(about, arrays, debug) {
  const { level, quantity, muscles, source } = about.start;
  return {
    about, arrays, debug, scene: makeScene(about, arrays), camera: makeCamera(), renderer: openRenderer(about, arrays, debug),
    state: {
      values: { time_s: 0, ...about.sources[0].start }, source: about.lesson.length ? 0 : source, level, part: '', hover: -1, quantity, muscles, flat: 'side',
      step: 0, frame: 0, asked: false, speech: 0, pointer: null,
    },
  };
}

function openRenderer(about, arrays, debug) {
  const canvas = byId('canvas');
  let why = 'This browser or computer has no WebGL 2: a drawing instead, with the same numbers.';
  try {
    const card = graphicsCard();
    debug.card = card?.name ?? 'none';
    const made = card && makeRenderer(canvas, card, about, arrays);
    if (made) return Object.assign(made, { slow: card.slow });
  } catch (error) {
    why = `WebGL failed (${error.message}): a drawing instead, with the same numbers.`;
  }
  canvas.hidden = true;
  byId('drawing').removeAttribute('hidden');
  tell(why);
  return null;
}

function tell(words) {
  byId('notice').textContent = words;
  byId('notice').hidden = false;
}

// What is shown: the grid under the sliders, or a motion.
const sourceOf = ({ about, state }) => about.sources[state.source];
const plays = ({ axes }) => axes[0].key === 'time_s';

// Draw again with the next picture of the screen, once however often it is asked.
function ask(app) {
  if (app.state.asked) return;
  app.state.asked = true;
  requestAnimationFrame(() => { app.state.asked = false; refresh(app); });
}

function refresh(app) {
  const { about, scene, state, debug } = app, level = state.hover >= 0 ? state.hover : state.level;
  update(app);
  if (app.renderer) drawPicture(app, level); else drawInstead(app, level);
  const source = sourceOf(app), moving = plays(source);
  drawFigure(byId('figure'), scene, about, app.arrays, source, loadNow(app), moving ? null : state.values.hold_mm);
  if (moving) showTime(byId('sliders'), source, state.values.time_s); else showSliders(byId('sliders'), source.axes, state.values);
  showTable(byId('levels'), scene, about, level);
  showDetail(byId('detail'), scene, about, level);
  showPart(app);
  showMark(app);
  showState(app);
  debug.draws++;
  Object.assign(debug, { state: scene.state, values: { ...state.values }, camera: { ...app.camera }, level, part: state.part, source: state.source });
  debug.moved?.(debug.values);
}

// What is carried: as the slider says, or as in the nearest frame of a motion, or in all postures.
function loadNow(app) {
  const { values } = app.state, source = sourceOf(app);
  return plays(source) ? source.loads[frameOf(source, values.time_s)] : values.load_kg ?? source.loads[0];
}

function frameOf({ axes: [axis] }, time) {
  const { low, share } = bracket(axis.values, time);
  return low + Math.round(share);
}

// Everything that follows from the slider values, timed.
function update(app) {
  const { about, arrays, scene, state, renderer, debug } = app;
  const began = performance.now();
  readSource(scene, about, arrays, sourceOf(app), state.values);
  colourDiscs(scene, about, arrays, state.quantity);
  if (renderer) {
    shapeDiscs(about.discs, arrays['discs.rims'], arrays['discs.rest'], arrays['discs.profile'], scene.bodies, scene.up, renderer.discs.vertices);
    renderer.tubes.shown = fillTubes(scene, about, arrays, renderer.tubes, state.muscles);
    fillArrows(scene, about, arrays, renderer.arrows);
    renderer.strands.shown = 0;
    if (byId('ligaments').checked) fillStrands(scene, about, arrays, renderer.strands);
    upload(renderer);
  }
  debug.update_ms.push(performance.now() - began);
  if (debug.update_ms.length > 400) debug.update_ms.shift();
}

function drawPicture(app, level) {
  const { about, scene, renderer } = app, view = byId('view'), canvas = byId('canvas');
  const width = view.clientWidth, height = view.clientHeight, ratio = renderer.slow ? 1 : Math.min(devicePixelRatio, 2);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const eye = cameraFrame(app.camera, targetOf(scene, sourceOf(app)), sourceOf(app).extent, width / height);
  scene.background = about.colours[document.documentElement.dataset.theme + '_background'];
  scene.pelvis = byId('pelvis').checked;
  draw(renderer, eye, scene);
  scene.seen = { eye, width, height };
  const anchors = about.levels.map((_, index) => rightmost(eye, about.discs, renderer.discs.vertices, 5 - index, width, height));
  placeLabels(app.labels, anchors, width, height, scene, about, app.state.quantity, level);
}

// Between where the bones stand upright and where they are now, so that a bent spine stays in the window.
function targetOf(scene, { target }) {
  const out = [0, 0, 0];
  carry(scene.bodies, target.body, target.point, 0, out, 0);
  return out.map((value, i) => 0.5 * (value + target.point[i]));
}

// The flat drawing; its shapes say where the labels point.
function drawInstead(app, level) {
  const { about, scene } = app, flat = byId('drawing'), view = byId('view'), box = view.getBoundingClientRect();
  drawFlat(flat, scene, about, app.arrays, sourceOf(app), app.state.flat);
  const anchors = [];
  for (const shape of flat.querySelectorAll('[data-level]')) {
    const { right, top, bottom } = shape.getBoundingClientRect();
    anchors[shape.dataset.level] = { x: right - box.left - 2, y: (top + bottom) / 2 - box.top };
  }
  placeLabels(app.labels, anchors, view.clientWidth, view.clientHeight, scene, about, app.state.quantity, level);
}

// What the numbers are, to see and, when the sliders rest, to hear.
function showState(app) {
  const { about, arrays, scene, state } = app, source = sourceOf(app), { bad, head, rest } = stateText(about, scene.state, plays(source)), line = byId('state');
  line.classList.toggle('bad', bad);
  line.replaceChildren(element('b', {}, head), rest);
  clearTimeout(state.speech);
  state.speech = setTimeout(() => {
    const words = spoken(scene, about, arrays, state.level, state.part);
    if (byId('live').textContent !== words) byId('live').textContent = words;
  }, 700);
  const posture = source.axes.map((axis) => `${axis.label} ${axisText(axis, state.values[axis.key])}`).join(', ');
  byId('canvas').setAttribute('aria-label', `Lumbar spine, ${posture}. Arrow keys turn the picture.`);
}
