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

// What is known at a point: `solved` on a node, `interpolated` between converged nodes, `unknown` beside one that did not converge.
function stateOf(status, found) {
  if (found.length === 1) return { kind: 'solved', status: status[found[0].node], node: found[0].node };
  const bad = found.filter((corner) => status[corner.node] !== 0);
  if (!bad.length) return { kind: 'interpolated', status: 0 };
  return { kind: 'unknown', status: Math.max(...bad.map((corner) => status[corner.node])) };
}
