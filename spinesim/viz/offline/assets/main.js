// Puts the page together: reads the blob, keeps what the user chose, and draws when something changed.

const byId = (id) => document.getElementById(id);
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

async function start() {
  const about = JSON.parse(byId('about').textContent), debug = (window.spinesim = { ready: false, update_ms: [], draws: 0 });
  const began = performance.now();
  let arrays;
  try {
    arrays = arraysOf(await inflate(byId('blob').textContent), about.table);
  } catch (error) {
    return tell(`The data could not be unpacked (${error.message}). Browsers of 2023 and later can.`);
  }
  debug.decode_ms = performance.now() - began;
  const app = makeApp(about, arrays, debug);
  app.refresh();
  debug.first_picture_ms = performance.now();
  debug.ready = true;
}

function tell(words) {
  byId('notice').textContent = words;
  byId('notice').hidden = false;
}

function makeApp(about, arrays, debug) {
  const canvas = byId('canvas'), view = byId('view'), scene = makeScene(about, arrays), camera = makeCamera();
  const state = { values: { ...about.start.values }, level: about.start.level, hover: -1, quantity: about.start.quantity, muscles: about.start.muscles, playing: 0, moving: 0 };
  const renderer = openRenderer(canvas, about, arrays, debug), flat = byId('drawing');
  let asked = false, spokenAt = 0;

  const ask = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; refresh(); }); } };
  const choose = (level) => { state.level = level; ask(); };
  const hover = (level) => { if (state.hover !== level) { state.hover = level; ask(); } };
  const labels = makeLabels(byId('labels'), byId('leaders'), about, choose, hover);
  makeTable(byId('levels'), about, choose, hover);
  makeSliders(byId('sliders'), about, state.values, (key) => {
    stop();
    const axis = about.axes.find((one) => one.key === key);
    if (byId('snap').checked) state.values[key] = nearest(axis.values, state.values[key]);
    ask();
  });

  function update() {
    const began = performance.now();
    readGrid(scene, about, arrays, state.values);
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

  function refresh() {
    update();
    const theme = document.documentElement.dataset.theme;
    scene.background = about.colours[theme + '_background'];
    scene.pelvis = byId('pelvis').checked;
    const level = state.hover >= 0 ? state.hover : state.level;
    if (renderer) drawPicture(level); else drawInstead(level);
    drawFigure(byId('figure').querySelector('svg'), byId('figure').querySelector('figcaption'), scene, about, arrays, state.values.load_kg ?? about.start.load_kg);
    showSliders(byId('sliders'), about, state.values);
    showTable(byId('levels'), scene, about, level);
    showDetail(byId('detail'), scene, about, level);
    showState();
    debug.draws++;
    Object.assign(debug, { state: scene.state, values: { ...state.values }, camera: { ...camera }, level });
  }

  function drawPicture(level) {
    const width = view.clientWidth, height = view.clientHeight, ratio = renderer.slow ? 1 : Math.min(devicePixelRatio, 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const eye = cameraFrame(camera, targetOf(scene, about), about.extent, width / height);
    draw(renderer, eye, scene);
    const anchors = about.levels.map((_, index) => rightmost(eye, about.discs, renderer.discs.vertices, 5 - index, width, height));
    scene.seen = { eye, width, height };
    placeLabels(labels, anchors, Math.max(...anchors.map((a) => a.x)), width, height, scene, about, state.quantity, level);
  }

  function drawInstead(level) {
    drawFlat(flat, scene, about, arrays);
    const box = view.getBoundingClientRect(), anchors = [...flat.querySelectorAll('[data-level]')].sort((a, b) => a.dataset.level - b.dataset.level).map((shape) => {
      const { right, top, bottom } = shape.getBoundingClientRect();
      return { x: right - box.left - 2, y: (top + bottom) / 2 - box.top };
    });
    placeLabels(labels, anchors, Math.max(...anchors.map((a) => a.x)), view.clientWidth, view.clientHeight, scene, about, state.quantity, level);
  }

  function showState() {
    const { bad, head, rest } = stateText(about, scene.state), line = byId('state');
    line.classList.toggle('bad', bad);
    line.replaceChildren(element('b', {}, head), rest);
    clearTimeout(spokenAt);
    spokenAt = setTimeout(() => { const words = spoken(scene, about, state.level); if (byId('live').textContent !== words) byId('live').textContent = words; }, 700);
    canvas.setAttribute('aria-label', `Lumbar spine, ${about.axes.map((axis) => `${axis.label} ${axisText(axis, state.values[axis.key])}`).join(', ')}. Arrow keys turn the picture.`);
  }

  // Which disc is under a pixel.
  function levelAt(x, y) {
    if (!scene.seen || x < 0) return -1;
    const { eye, width, height } = scene.seen, n = about.discs.around, per = 6 * discVertices(about.discs);
    let best = -1, nearestDepth = Infinity;
    about.levels.forEach((_, level) => {
      const box = { left: 1e9, right: -1e9, top: 1e9, bottom: -1e9, depth: Infinity };
      for (let k = 0; k < n * about.discs.rows; k += 4) {
        const p = project(eye.matrix, renderer.discs.vertices, (5 - level) * per + 6 * k, width, height);
        box.left = Math.min(box.left, p.x); box.right = Math.max(box.right, p.x); box.top = Math.min(box.top, p.y); box.bottom = Math.max(box.bottom, p.y);
        box.depth = Math.min(box.depth, p.depth);
      }
      if (x > box.left - 4 && x < box.right + 4 && y > box.top - 4 && y < box.bottom + 4 && box.depth < nearestDepth) { best = level; nearestDepth = box.depth; }
    });
    return best;
  }

  function hoverAt(x, y) {
    const level = levelAt(x, y), tip = byId('tip');
    hover(level);
    tip.hidden = level < 0;
    if (level < 0) return;
    tip.textContent = [about.levels[level], ...about.details.slice(0, 8).map(({ label, field, unit, digits }) => `${label}: ${number(result(scene, about, level, field), digits)} ${unit}`)].join('\n');
    const left = Math.max(4, Math.min(x + 16, view.clientWidth - tip.offsetWidth - 4)), top = Math.min(y + 16, view.clientHeight - tip.offsetHeight - 4);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  const look = (name) => { Object.assign(camera, VIEWS[name], { zoom: 1 }); ask(); };
  const shortcuts = { r: () => look('back'), R: () => look('back'), 1: () => look('back'), 2: () => look('side'), 3: () => look('front'), ' ': () => (state.playing ? stop() : play()) };
  const pressed = (key) => { if (!shortcuts[key]) return false; shortcuts[key](); return true; };
  steer(canvas, camera, ask, hoverAt, (x, y) => { const level = levelAt(x, y); if (level >= 0) { choose(level); hoverAt(x, y); } }, pressed);

  // A motion: the first slider goes to its other end and back, as slowly as people move.
  const playButton = element('button', { type: 'button', id: 'play', 'aria-pressed': 'false' }, 'Play');
  byId('sliders').querySelector('.slider label').after(playButton);
  playButton.addEventListener('click', () => (state.playing ? stop() : play()));

  function play() {
    stop();
    const axis = about.axes[0], [low, high] = about.motion, from = state.values[axis.key];
    const phase = Math.acos(Math.min(1, Math.max(-1, 1 - (2 * (from - low)) / (high - low)))), began = performance.now();
    playButton.textContent = 'Stop';
    playButton.setAttribute('aria-pressed', 'true');
    const tick = (now) => {
      state.values[axis.key] = low + ((high - low) * (1 - Math.cos(phase + (now - began) / 1500))) / 2;
      refresh();
      state.playing = requestAnimationFrame(tick);
    };
    state.playing = requestAnimationFrame(tick);
  }

  function stop() {
    cancelAnimationFrame(state.playing);
    cancelAnimationFrame(state.moving);
    state.playing = state.moving = 0;
    playButton.textContent = 'Play';
    playButton.setAttribute('aria-pressed', 'false');
  }

  // Go to the values of a lesson's step, on the way there through all between.
  function goTo(target, arrived) {
    stop();
    const from = { ...state.values }, began = performance.now(), long = still() ? 0 : 900;
    const tick = (now) => {
      const t = long ? Math.min(1, (now - began) / long) : 1, eased = t * t * (3 - 2 * t);
      for (const [key, value] of Object.entries(target)) state.values[key] = t === 1 ? value : from[key] + (value - from[key]) * eased;
      refresh();
      if (t < 1) state.moving = requestAnimationFrame(tick); else { state.moving = 0; arrived(scene); }
    };
    tick(began);
  }

  const scales = () => makeScales(byId('scales'), about, arrays, state.quantity, byId('ligaments').checked);
  const lesson = makeLesson(byId('lesson'), about, (step, arrived) => {
    if (step.level !== null) state.level = step.level;
    if (step.view) Object.assign(camera, VIEWS[step.view], { zoom: 1 });
    if (step.quantity) byId('quantity').value = state.quantity = step.quantity;
    if (step.muscles) byId('muscles').value = state.muscles = step.muscles;
    scales();
    goTo(step.at, arrived);
  });

  for (const [name, { title }] of Object.entries(about.quantities)) byId('quantity').append(element('option', { value: name }, title));
  byId('quantity').addEventListener('change', (event) => { state.quantity = event.target.value; scales(); ask(); });
  byId('muscles').addEventListener('change', (event) => { state.muscles = event.target.value; ask(); });
  for (const id of ['pelvis', 'ligaments']) byId(id).addEventListener('change', () => { scales(); ask(); });
  byId('snap').addEventListener('change', () => {
    if (byId('snap').checked) for (const axis of about.axes) state.values[axis.key] = nearest(axis.values, state.values[axis.key]);
    ask();
  });
  byId('theme').addEventListener('click', () => { setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'); ask(); });
  for (const button of document.querySelectorAll('[data-view]')) button.addEventListener('click', () => look(button.dataset.view));
  byId('closer').addEventListener('click', () => { zoomCamera(camera, 1.2); ask(); });
  byId('farther').addEventListener('click', () => { zoomCamera(camera, 1 / 1.2); ask(); });
  addEventListener('resize', ask);
  addEventListener('beforeprint', () => { refresh(); if (renderer) byId('printed').src = canvas.toDataURL(); });
  canvas.addEventListener('webglcontextlost', () => tell('The graphics card gave up; load the page again.'));

  readAddress(about, state, camera);
  byId('quantity').value = state.quantity;
  byId('muscles').value = state.muscles;
  scales();
  for (const button of byId('tools').children) button.hidden = !renderer && button.id !== 'theme';
  if (about.lesson.length) lesson.go(state.step ?? 0);
  makeDebug(debug, about, arrays, refresh, renderer);
  return { refresh };
}

// For measurements and tests: numbers at any slider values, and the time of whole pictures, waited for.
function makeDebug(debug, about, arrays, refresh, renderer) {
  const other = makeScene(about, arrays);
  debug.read = (values) => {
    readGrid(other, about, arrays, values);
    return { ...other.state, results: [...other.results], poses: [...other.poses] };
  };
  debug.frames_ms = (count) => Array.from({ length: count }, () => {
    const began = performance.now();
    refresh();
    if (renderer) renderer.gl.readPixels(0, 0, 1, 1, renderer.gl.RGBA, renderer.gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - began;
  });
}

// Between the pelvis and where the spine is now, so that a bent spine stays in the window.
function targetOf(scene, about) {
  const out = [0, 0, 0];
  carry(scene.bodies, about.target.body, about.target.point, 0, out, 0);
  return out.map((value, i) => 0.5 * (value + about.target.point[i]));
}

function openRenderer(canvas, about, arrays, debug) {
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

function setTheme(name) { document.documentElement.dataset.theme = name; }

// Slider values and view from the address, after #: trunk_inclination_deg=40&load_kg=10&view=side&quantity=pressure
function readAddress(about, state, camera) {
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

setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
start();
