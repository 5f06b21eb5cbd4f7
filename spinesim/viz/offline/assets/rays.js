// Where a line of sight meets what is drawn. A ray is { from, way } with a unit way; distances are metres from the eye.

function rayAt({ eye, right, up, out, half, aspect, pan }, x, y, width, height) {
  const across = ((2 * x) / width - 1 - pan[0]) * half * aspect, upward = (1 - (2 * y) / height - pan[1]) * half;
  return { from: eye, way: unit([0, 1, 2].map((i) => across * right[i] + upward * up[i] - out[i])) };
}

// The ray as a body sees it, in neutral coordinates.
function onBody(bodies, b, { from, way }) {
  const m = 12 * b, back = (v) => [0, 1, 2].map((k) => bodies[m + k] * v[0] + bodies[m + 3 + k] * v[1] + bodies[m + 6 + k] * v[2]);
  return { from: back([0, 1, 2].map((i) => from[i] - bodies[m + 9 + i])), way: back(way) };
}

function meetsBox({ from, way }, low, high) {
  let first = 0, last = Infinity;
  for (let i = 0; i < 3; i++) {
    const a = (low[i] - from[i]) / way[i], b = (high[i] - from[i]) / way[i];
    first = Math.max(first, Math.min(a, b));
    last = Math.min(last, Math.max(a, b));
  }
  return first <= last;
}

// Distance to the nearest of the triangles from `start` to `end` of the indices; Infinity if none is met (Moller and Trumbore 1997).
function meetsTriangles({ from, way }, vertices, stride, indices, start, end) {
  let nearest = Infinity;
  for (let k = start; k < end; k += 3) {
    const a = stride * indices[k], b = stride * indices[k + 1], c = stride * indices[k + 2];
    const ux = vertices[b] - vertices[a], uy = vertices[b + 1] - vertices[a + 1], uz = vertices[b + 2] - vertices[a + 2];
    const vx = vertices[c] - vertices[a], vy = vertices[c + 1] - vertices[a + 1], vz = vertices[c + 2] - vertices[a + 2];
    const px = way[1] * vz - way[2] * vy, py = way[2] * vx - way[0] * vz, pz = way[0] * vy - way[1] * vx;
    const det = ux * px + uy * py + uz * pz;
    if (Math.abs(det) < 1e-14) continue;
    const tx = from[0] - vertices[a], ty = from[1] - vertices[a + 1], tz = from[2] - vertices[a + 2];
    const s = (tx * px + ty * py + tz * pz) / det;
    if (s < 0 || s > 1) continue;
    const qx = ty * uz - tz * uy, qy = tz * ux - tx * uz, qz = tx * uy - ty * ux;
    const t = (way[0] * qx + way[1] * qy + way[2] * qz) / det;
    if (t < 0 || s + t > 1) continue;
    const far = (vx * qx + vy * qy + vz * qz) / det;
    if (far > 0 && far < nearest) nearest = far;
  }
  return nearest;
}

// How near the ray comes to the straight piece from a to b, how far away that is, and how far along the piece.
function nearPiece({ from, way }, a, b) {
  const along = [b[0] - a[0], b[1] - a[1], b[2] - a[2]], to = [from[0] - a[0], from[1] - a[1], from[2] - a[2]];
  const size = dot(along, along) || 1e-12, c = dot(along, way), d = dot(along, to), e = dot(way, to);
  const share = Math.min(1, Math.max(0, (d - c * e) / Math.max(size - c * c, 1e-12)));
  const far = c * share - e;
  const gap = Math.hypot(...[0, 1, 2].map((i) => to[i] + far * way[i] - share * along[i]));
  return { gap, far, share };
}
