// Rotations and small vector algebra; matrices are column-major as WebGL wants them.

// Rows of the rotation matrix of the quaternion x, y, z, w at `at`.
function rotationOf(q, at, out) {
  const x = q[at], y = q[at + 1], z = q[at + 2], w = q[at + 3];
  out[0] = 1 - 2 * (y * y + z * z); out[1] = 2 * (x * y - z * w); out[2] = 2 * (x * z + y * w);
  out[3] = 2 * (x * y + z * w); out[4] = 1 - 2 * (x * x + z * z); out[5] = 2 * (y * z - x * w);
  out[6] = 2 * (x * z - y * w); out[7] = 2 * (y * z + x * w); out[8] = 1 - 2 * (x * x + y * y);
  return out;
}

// Bodies as rows of a rotation (9) and a shift (3).
function bodiesOf(poses, count, out) {
  const r = new Float64Array(9);
  for (let b = 0; b < count; b++) {
    rotationOf(poses, 7 * b + 3, r);
    out.set(r, 12 * b);
    for (let i = 0; i < 3; i++) out[12 * b + 9 + i] = poses[7 * b + i];
  }
  return out;
}

// Where the neutral point at p[at..at+2] on body b stands.
function carry(bodies, b, p, at, out, to) {
  const m = 12 * b, x = p[at], y = p[at + 1], z = p[at + 2];
  for (let i = 0; i < 3; i++) {
    out[to + i] = bodies[m + 9 + i] + bodies[m + 3 * i] * x + bodies[m + 3 * i + 1] * y + bodies[m + 3 * i + 2] * z;
  }
}

// The direction likewise, without the shift.
function turn(bodies, b, d, at, out, to) {
  const m = 12 * b, x = d[at], y = d[at + 1], z = d[at + 2];
  for (let i = 0; i < 3; i++) out[to + i] = bodies[m + 3 * i] * x + bodies[m + 3 * i + 1] * y + bodies[m + 3 * i + 2] * z;
}

function modelMatrix(bodies, b, out) {
  const m = 12 * b;
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 3; k++) out[4 * k + i] = bodies[m + 3 * i + k];
    out[12 + i] = bodies[m + 9 + i];
    out[4 * i + 3] = 0;
  }
  out[15] = 1;
  return out;
}

function multiply(a, b) {
  const out = new Float32Array(16);
  for (let c = 0; c < 4; c++) {
    for (let r = 0; r < 4; r++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[4 * k + r] * b[4 * c + k];
      out[4 * c + r] = sum;
    }
  }
  return out;
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a) => { const l = Math.hypot(...a) || 1; return [a[0] / l, a[1] / l, a[2] / l]; };
