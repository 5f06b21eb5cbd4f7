// Discs: lofts between the rims of two endplates, as spinesim.viz.scene.discs makes them.
// about: { around, rows, rings, bulge, gain, range, dome, sense }; rims (6, 2, around, 3), rest (6, around), profile (rows).

function discVertices(about) { return about.rows * about.around + 2 * (about.rings.length * about.around + 1); }

// Points and normals (6 numbers a vertex) of all discs with bodies placed by `bodies`; `up` (6, 3) are the normals of the mid-planes.
function shapeDiscs(about, rims, rest, profile, bodies, up, out) {
  const n = about.around, low = new Float64Array(3 * n), high = new Float64Array(3 * n);
  const size = 6 * discVertices(about), wall = new Float64Array(3 * n * about.rows);
  for (let j = 0; j < 6; j++) {
    for (let k = 0; k < n; k++) {
      carry(bodies, j, rims, 3 * (2 * j * n + k), low, 3 * k);
      carry(bodies, j + 1, rims, 3 * ((2 * j + 1) * n + k), high, 3 * k);
    }
    const u = [up[3 * j], up[3 * j + 1], up[3 * j + 2]];
    wallPoints(about, low, high, rest.subarray(j * n, (j + 1) * n), profile, u, wall);
    wallNormals(about, wall, out, j * size);
    const caps = j * size + 6 * about.rows * n;
    capPoints(about, low, [-u[0], -u[1], -u[2]], out, caps);
    capPoints(about, high, u, out, caps + 6 * (about.rings.length * n + 1));
  }
}

function wallPoints(about, low, high, rest, profile, up, wall) {
  const n = about.around;
  for (let r = 0; r < about.rows; r++) {
    const s = r / (about.rows - 1), middle = [0, 0, 0], row = 3 * r * n;
    for (let k = 0; k < 3 * n; k++) {
      wall[row + k] = (1 - s) * low[k] + s * high[k];
      middle[k % 3] += wall[row + k] / n;
    }
    for (let k = 0; k < n; k++) {
      const at = row + 3 * k, way = [wall[at] - middle[0], wall[at + 1] - middle[1], wall[at + 2] - middle[2]];
      const along = dot(way, up);
      for (let i = 0; i < 3; i++) way[i] -= along * up[i];
      const height = Math.hypot(high[3 * k] - low[3 * k], high[3 * k + 1] - low[3 * k + 1], high[3 * k + 2] - low[3 * k + 2]);
      const bulge = Math.min(about.range[1], Math.max(about.range[0], about.bulge + about.gain * (rest[k] - height)));
      const out = bulge * profile[r] / (Math.hypot(...way) || 1);
      for (let i = 0; i < 3; i++) wall[at + i] += out * way[i];
    }
  }
}

function wallNormals(about, wall, out, start) {
  const n = about.around, last = about.rows - 1;
  for (let r = 0; r <= last; r++) {
    const below = Math.max(r - 1, 0), above = Math.min(r + 1, last);
    for (let k = 0; k < n; k++) {
      const at = 3 * (r * n + k), next = 3 * (r * n + (k + 1) % n), before = 3 * (r * n + (k + n - 1) % n);
      const a = [0, 0, 0], b = [0, 0, 0];
      for (let i = 0; i < 3; i++) {
        a[i] = wall[next + i] - wall[before + i];
        b[i] = (wall[3 * (above * n + k) + i] - wall[3 * (below * n + k) + i]) / (above - below);
      }
      const normal = unit(cross(a, b)), to = start + 6 * (r * n + k);
      for (let i = 0; i < 3; i++) { out[to + i] = wall[at + i]; out[to + 3 + i] = about.sense * normal[i]; }
    }
  }
}

// A dome over a rim: rings from the outside to the middle, then the middle itself.
function capPoints(about, rim, outward, out, start) {
  const n = about.around, middle = [0, 0, 0];
  for (let k = 0; k < 3 * n; k++) middle[k % 3] += rim[k] / n;
  about.rings.forEach((f, ring) => {
    for (let k = 0; k < n; k++) {
      const arm = [rim[3 * k] - middle[0], rim[3 * k + 1] - middle[1], rim[3 * k + 2] - middle[2]], slope = 2 * about.dome * f / dot(arm, arm);
      const normal = unit([outward[0] + slope * arm[0], outward[1] + slope * arm[1], outward[2] + slope * arm[2]]);
      const to = start + 6 * (ring * n + k);
      for (let i = 0; i < 3; i++) {
        out[to + i] = middle[i] + f * arm[i] + about.dome * (1 - f * f) * outward[i];
        out[to + 3 + i] = normal[i];
      }
    }
  });
  const to = start + 6 * about.rings.length * n;
  for (let i = 0; i < 3; i++) { out[to + i] = middle[i] + about.dome * outward[i]; out[to + 3 + i] = outward[i]; }
}
