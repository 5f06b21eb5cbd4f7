// What moves by itself: the motion of the first slider, an exercise, and the way to a step of a lesson.

const HALF_WAY_MS = 4700, STEP_MS = 900;
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function stop(app) {
  cancelAnimationFrame(app.state.frame);
  app.state.frame = 0;
  const button = byId('play');
  button.textContent = 'Play';
  button.setAttribute('aria-pressed', 'false');
}

function play(app) {
  stop(app);
  const { state } = app, source = sourceOf(app), { key } = source.axes[0], button = byId('play');
  const valueAt = plays(source) ? run(source.axes[0].values, state.values[key]) : swing(source.motion, state.values[key]), began = performance.now();
  button.textContent = 'Stop';
  button.setAttribute('aria-pressed', 'true');
  const tick = (now) => {
    state.values[key] = valueAt(Math.max(0, now - began));
    refresh(app);
    state.frame = requestAnimationFrame(tick);
  };
  state.frame = requestAnimationFrame(tick);
}

// The first slider goes to its far end and back, as slowly as people move, from where it is.
function swing([low, high], from) {
  const phase = Math.acos(1 - 2 * Math.min(1, Math.max(0, (from - low) / (high - low))));
  return (ms) => low + ((high - low) * (1 - Math.cos(phase + (Math.PI * ms) / HALF_WAY_MS))) / 2;
}

// A motion runs in its own time, over and over.
function run(times, from) {
  const first = times[0], long = times.at(-1) - first;
  return (ms) => first + ((from - first + ms / 1000) % long);
}

// Where a motion is stopped, the nearest solved frame is shown.
function halt(app) {
  stop(app);
  const { state } = app, [axis] = sourceOf(app).axes;
  if (axis.key === 'time_s') state.values.time_s = nearest(axis.values, state.values.time_s);
  refresh(app);
}

function playOrStop(app) { if (app.state.frame) halt(app); else play(app); }

// Go to slider values through all between; those who want no motion are there at once.
function goTo(app, target, arrived) {
  stop(app);
  const { state } = app, from = { ...state.values }, began = performance.now(), long = still() ? 0 : STEP_MS;
  const tick = (now) => {
    const t = long ? Math.min(1, Math.max(0, now - began) / long) : 1, eased = t * t * (3 - 2 * t);
    for (const [key, value] of Object.entries(target)) state.values[key] = t === 1 ? value : from[key] + (value - from[key]) * eased;
    refresh(app);
    if (t < 1) state.frame = requestAnimationFrame(tick);
    else { state.frame = 0; arrived(); }
  };
  tick(began);
}
