// Muscles: every station of a spindle is a fixed mix of four path points, as in spinesim.viz.scene.spindles.

function pathPoints(bodies, pointBody, points, out) {
  for (let p = 0; p < pointBody.length; p++) carry(bodies, pointBody[p], points, 3 * p, out, 3 * p);
  return out;
}

// Middles and directions of all stations (F, S, 4 numbers each; the fourth stays free).
function stations(chosen, mix, slope, path, middle, along) {
  for (let s = 0; s < chosen.length / 4; s++) {
    const m = [0, 0, 0], d = [0, 0, 0];
    for (let k = 0; k < 4; k++) {
      const p = 3 * chosen[4 * s + k];
      for (let i = 0; i < 3; i++) {
        m[i] += mix[4 * s + k] * path[p + i];
        d[i] += slope[4 * s + k] * path[p + i];
      }
    }
    for (let i = 0; i < 3; i++) { middle[4 * s + i] = m[i]; along[4 * s + i] = d[i]; }
  }
}
