// Reads what the page carries and starts it.

async function start() {
  const debug = (window.spinesim = { ready: false, update_ms: [], draws: 0 }), began = performance.now();
  const about = JSON.parse(byId('about').textContent);
  let arrays;
  try {
    arrays = arraysOf(await inflate(byId('blob').textContent), about.table);
  } catch (error) {
    return tell(`The data could not be unpacked (${error.message}). Browsers of 2023 and later can.`);
  }
  debug.decode_ms = performance.now() - began;
  const app = makeApp(about, arrays, debug);
  connect(app);
  readAddress(app);
  byId('quantity').value = app.state.quantity;
  byId('muscles').value = app.state.muscles;
  showSource(app);
  showScales(app);
  startLesson(app);
  refresh(app);
  debug.show = (values) => { stop(app); Object.assign(app.state.values, values); ask(app); };  // for a page around this one
  debug.first_picture_ms = performance.now();
  measure(app);
  debug.ready = true;
}

// For measurements and tests: numbers at any slider values, what is at a pixel and where a structure is, and the time of whole pictures, waited for.
function measure(app) {
  const { about, arrays, debug, renderer } = app, other = makeScene(about, arrays);
  debug.read = (values) => {
    readSource(other, about, arrays, about.sources.find(({ axes }) => axes[0].key in values), values);
    return { ...other.state, ...Object.fromEntries(['results', 'poses', 'activation', 'force', 'groups'].map((kind) => [kind, [...other[kind]]])) };
  };
  debug.at = (x, y) => structureAt(app, x, y);
  debug.where = (key) => { const { eye, width, height } = app.scene.seen, { x, y } = project(eye.matrix, middleOf(app.scene, about, arrays, key), 0, width, height); return [x, y]; };
  debug.keys = structuresOf(about).flatMap(({ entries }) => entries.map(([key]) => key));
  debug.frames_ms = (count) => Array.from({ length: count }, () => {
    const began = performance.now();
    refresh(app);
    if (renderer) renderer.gl.readPixels(0, 0, 1, 1, renderer.gl.RGBA, renderer.gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - began;
  });
}

setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
start();
