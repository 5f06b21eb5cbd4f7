// Where a set of slider values lies in the grid of solved nodes, and what is known there.

// Index of the node at or below a value, and the share of the next one: exactly 0 or 1 on a node.
function bracket(values, x) {
  let low = 0;
  while (low < values.length - 2 && x >= values[low + 1]) low++;
  if (values.length === 1) return { low: 0, share: 0 };
  const share = (x - values[low]) / (values[low + 1] - values[low]);
  return { low, share: Math.min(1, Math.max(0, share)) };
}

// Corners of the cell with their weights; corners without weight are left out, so that on a node there is one corner of weight 1.
function corners(axes, point) {
  let found = [{ node: 0, weight: 1 }];
  for (const axis of axes) {
    const { low, share } = bracket(axis.values, point[axis.key]), next = [];
    for (const corner of found) {
      const node = corner.node * axis.values.length + low;
      if (share < 1) next.push({ node, weight: corner.weight * (1 - share) });
      if (share > 0) next.push({ node: node + 1, weight: corner.weight * share });
    }
    found = next;
  }
  return found;
}

// Weighted sum of rows of `size` numbers; a single corner gives the stored numbers as they are.
function blend(array, size, found, out) {
  if (found.length === 1) {
    for (let i = 0; i < size; i++) out[i] = array[found[0].node * size + i];
    return out;
  }
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (const corner of found) sum += corner.weight * array[corner.node * size + i];
    out[i] = sum;
  }
  return out;
}

// Poses are seven numbers a body: position, then a quaternion; quaternions are brought to one hemisphere and made unit again.
function blendPoses(array, bodies, found, out) {
  const size = 7 * bodies, first = found[0].node * size;
  if (found.length === 1) return blend(array, size, found, out);
  out.fill(0);
  for (const corner of found) {
    const start = corner.node * size;
    for (let b = 0; b < bodies; b++) {
      const at = 7 * b;
      let dot = 0;
      for (let i = 3; i < 7; i++) dot += array[first + at + i] * array[start + at + i];
      const turned = dot < 0 ? -corner.weight : corner.weight;
      for (let i = 0; i < 7; i++) out[at + i] += (i < 3 ? corner.weight : turned) * array[start + at + i];
    }
  }
  for (let b = 0; b < bodies; b++) {
    const at = 7 * b + 3, length = Math.hypot(out[at], out[at + 1], out[at + 2], out[at + 3]);
    for (let i = 0; i < 4; i++) out[at + i] /= length;
  }
  return out;
}

// Nodes that shape the curves at a point: those of its cell and two beyond it along axes that are curved, one alone on a line of nodes; without
// any beyond, curves are straight lines. The last axis is fastest.
function stencil(axes, point, curved = axes.map(() => true)) {
  let rows = [0];
  const parts = axes.map(({ key, values }, number) => {
    const reach = curved[number] ? 2 : 0, x = point[key], { low, share } = bracket(values, x);
    const from = share === 0 ? low : share === 1 ? low + 1 : Math.max(low - reach, 0), to = share === 0 ? low : share === 1 ? low + 1 : Math.min(low + 1 + reach, values.length - 1);
    return { values: values.slice(from, to + 1), from, count: values.length, cell: low - from, x };
  });
  for (const { values, from, count } of parts) rows = rows.flatMap((row) => values.map((_, k) => row * count + from + k));
  return { rows, parts };
}

// With curves along as many axes, one after the other, as nodes that converged can shape.
function nodesAt(axes, point, status) {
  const whole = ({ rows }) => rows.every((row) => status[row] === 0), all = stencil(axes, point), curved = axes.map(() => false);
  if (whole(all)) return all;
  axes.forEach((_, number) => {
    curved[number] = true;
    curved[number] = whole(stencil(axes, point, curved));
  });
  return stencil(axes, point, curved);
}

// Akima's curve through the numbers y at the places v, in the piece after place k: as spinesim.analysis.between_nodes.akima.
function akima(v, y, k, x) {
  const n = v.length, slope = (i) => {
    if (i < 0) return n > 2 ? slope(0) + i * (slope(1) - slope(0)) : slope(0);
    if (i > n - 2) return n > 2 ? slope(n - 2) + (i - n + 2) * (slope(n - 2) - slope(n - 3)) : slope(n - 2);
    return (y[i + 1] - y[i]) / (v[i + 1] - v[i]);
  };
  const s0 = slope(k - 2), s1 = slope(k - 1), s2 = slope(k), s3 = slope(k + 1), s4 = slope(k + 2), long = v[k + 1] - v[k], s = (x - v[k]) / long;
  const tangent = (a, b, c, d) => { const left = Math.abs(d - c), right = Math.abs(b - a); return left + right > 0 ? (left * b + right * c) / (left + right) : 0.5 * (b + c); };
  const rise = long * ((s ** 3 - 2 * s ** 2 + s) * tangent(s0, s1, s2, s3) + (s ** 3 - s ** 2) * tangent(s1, s2, s3, s4));
  return (2 * s ** 3 - 3 * s ** 2 + 1) * y[k] + (3 * s ** 2 - 2 * s ** 3) * y[k + 1] + rise;
}

// Rows of `size` numbers on curves along one axis after the other; a single row gives the stored numbers as they are.
function curves(array, size, { rows, parts }, out) {
  let found = rows.map((row) => array.subarray(row * size, (row + 1) * size));
  for (const { values, cell, x } of [...parts].reverse()) {
    const count = values.length, y = new Float64Array(count), next = [];
    if (count === 1) continue;
    for (let start = 0; start < found.length; start += count) {
      const made = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        for (let k = 0; k < count; k++) y[k] = found[start + k][i];
        made[i] = akima(values, y, cell, x);
      }
      next.push(made);
    }
    found = next;
  }
  out.set(found[0]);
  return out;
}

// What is known at a point: `solved` on a node, `interpolated` where all nodes in use converged, `unknown` beside one that did not.
function stateOf(status, { rows }) {
  if (rows.length === 1) return { kind: 'solved', status: status[rows[0]], node: rows[0] };
  const bad = rows.filter((row) => status[row] !== 0);
  if (!bad.length) return { kind: 'interpolated', status: 0 };
  return { kind: 'unknown', status: Math.max(...bad.map((row) => status[row])) };
}
