// A camera that orbits a target; the user turns, shifts and zooms it by mouse, touch and keys.

const VIEWS = { back: { yaw: 2.55, pitch: 0.14 }, side: { yaw: Math.PI / 2, pitch: 0.02 }, front: { yaw: 0.35, pitch: 0.08 } };
const FIELD = 0.42;  // rad, vertical half angle is half of it

function makeCamera() {
  return { ...VIEWS.back, zoom: 1, panX: 0, panY: 0 };
}

// Yaw turns about the upward axis: 0 looks from the front (from +x), a quarter turn from the right side (from +z).
function cameraFrame(camera, target, [tall, wide], aspect) {
  const { yaw, pitch } = camera;
  const out = [Math.cos(pitch) * Math.cos(yaw), Math.sin(pitch), Math.cos(pitch) * Math.sin(yaw)];
  const right = unit(cross([0, 1, 0], out)), up = cross(out, right);
  const half = Math.tan(FIELD / 2), distance = Math.max(tall, wide / aspect) / (half * camera.zoom) + 0.5 * wide;
  const eye = [0, 1, 2].map((i) => target[i] + distance * out[i]);
  const look = new Float32Array([
    right[0], up[0], out[0], 0, right[1], up[1], out[1], 0, right[2], up[2], out[2], 0, -dot(right, eye), -dot(up, eye), -dot(out, eye), 1,
  ]);
  const near = Math.max(0.02, distance - 1.2), far = distance + 1.2, f = 1 / half;
  const lens = new Float32Array([
    f / aspect, 0, 0, 0, 0, f, 0, 0, camera.panX, camera.panY, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0,
  ]);
  return { matrix: multiply(lens, look), look, eye, right, up, out, half, aspect, pan: [-camera.panX, -camera.panY] };
}

// Pixels of a point in a view of a size; `depth` falls towards the eye.
function project(matrix, p, at, width, height) {
  const [x, y, z] = [p[at], p[at + 1], p[at + 2]];
  const w = matrix[3] * x + matrix[7] * y + matrix[11] * z + matrix[15];
  return {
    x: (0.5 + (0.5 * (matrix[0] * x + matrix[4] * y + matrix[8] * z + matrix[12])) / w) * width,
    y: (0.5 - (0.5 * (matrix[1] * x + matrix[5] * y + matrix[9] * z + matrix[13])) / w) * height,
    depth: w,
  };
}

function turnCamera(camera, yaw, pitch) {
  camera.yaw += yaw;
  camera.pitch = Math.min(1.45, Math.max(-1.45, camera.pitch + pitch));
}

// By shares of the window, so that what is under two fingers, or under the mouse with the shift key, goes with them.
function shiftCamera(camera, across, upward) {
  camera.panX = Math.min(1, Math.max(-1, camera.panX - 2 * across));
  camera.panY = Math.min(1, Math.max(-1, camera.panY - 2 * upward));
}

function zoomCamera(camera, factor) { camera.zoom = Math.min(8, Math.max(0.4, camera.zoom * factor)); }

// Mouse, touch, wheel and keys on the canvas; `changed` asks for a new picture, `hovered` and `picked` get pixels.
function steer(canvas, camera, changed, hovered, picked, pressed) {
  const fingers = new Map();
  let moved = 0;
  const gap = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = 0;
  });
  canvas.addEventListener('pointermove', (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return hovered(event.offsetX, event.offsetY);
    const two = fingers.size === 2, before = two ? gap() : 0, dx = event.offsetX - finger.x, dy = event.offsetY - finger.y;
    finger.x = event.offsetX; finger.y = event.offsetY;
    moved += Math.hypot(dx, dy);
    if (two || event.shiftKey) shiftCamera(camera, dx / canvas.clientWidth / (two ? 2 : 1), -dy / canvas.clientHeight / (two ? 2 : 1));
    if (two) zoomCamera(camera, gap() / (before || 1));
    else if (!event.shiftKey) turnCamera(camera, 0.008 * dx, 0.006 * dy);
    changed();
  });
  const lift = (event) => {
    if (fingers.delete(event.pointerId) && moved < 5 && event.type === 'pointerup') picked(event.offsetX, event.offsetY);
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('pointerleave', () => hovered(-1, -1));
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoomCamera(camera, Math.exp(-0.0012 * event.deltaY));
    changed();
  }, { passive: false });
  const keys = {
    ArrowLeft: () => turnCamera(camera, -0.09, 0), ArrowRight: () => turnCamera(camera, 0.09, 0),
    ArrowUp: () => turnCamera(camera, 0, 0.07), ArrowDown: () => turnCamera(camera, 0, -0.07),
    '+': () => zoomCamera(camera, 1.12), '=': () => zoomCamera(camera, 1.12), '-': () => zoomCamera(camera, 1 / 1.12),
  };
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (keys[event.key]) { keys[event.key](); changed(); }
    else if (!pressed(event.key)) return;
    event.preventDefault();
  });
}
