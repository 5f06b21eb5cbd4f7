// What moves by itself: the motion of the first slider, and the way to a step of a lesson.

const HALF_WAY_MS = 4700, STEP_MS = 900;
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function stop(app) {
  cancelAnimationFrame(app.state.frame);
  app.state.frame = 0;
  const button = byId('play');
  button.textContent = 'Play';
  button.setAttribute('aria-pressed', 'false');
}

// The first slider goes to its far end and back, as slowly as people move, from where it is.
function thereAndBack({ state, about }) {
  const { key } = about.axes[0], [low, high] = about.motion;
  const share = Math.min(1, Math.max(0, (state.values[key] - low) / (high - low))), phase = Math.acos(1 - 2 * share);
  return (passed) => low + ((high - low) * (1 - Math.cos(phase + (Math.PI * passed) / HALF_WAY_MS))) / 2;
}

// A recorded motion runs as fast as it was, frame by frame, from where it is, and begins anew at its end.
function asRecorded({ state, about }) {
  const { key, values } = about.axes[0], first = values[0], long = values.at(-1) - first, begun = state.values[key] - first;
  return (passed) => {
    const { low, share } = bracket(values, first + ((begun + passed / 1000) % long));
    return values[low + Math.round(share)];
  };
}

function play(app) {
  stop(app);
  const { state, about } = app, { key } = about.axes[0], button = byId('play'), began = performance.now();
  const place = about.loads ? asRecorded(app) : thereAndBack(app);
  button.textContent = 'Stop';
  button.setAttribute('aria-pressed', 'true');
  const tick = (now) => {
    state.values[key] = place(now - began);
    refresh(app);
    state.frame = requestAnimationFrame(tick);
  };
  state.frame = requestAnimationFrame(tick);
}

function playOrStop(app) { if (app.state.frame) stop(app); else play(app); }

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
