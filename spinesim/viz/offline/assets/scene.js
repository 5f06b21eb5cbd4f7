// What one set of slider values looks like: positions and colours of everything that moves, from the grid alone.

function makeScene(about, arrays) {
  const bodies = about.bodies, levels = about.levels.length, count = about.muscles.count, own = sourceData(arrays, about.sources[0]);
  return {
    poses: new Float64Array(7 * bodies), bodies: new Float64Array(12 * bodies), up: new Float64Array(18),
    path: new Float64Array(arrays['muscles.points'].length), limbs: new Float64Array(own.limbs.length / own.status.length),
    activation: new Float64Array(count), force: new Float64Array(count), groups: new Float64Array(4 * about.muscles.groups.length),
    results: new Float64Array(levels * about.fields.length), state: null,
    colours: { ...about.colours, discs: [] },
  };
}

const sourceData = (arrays, { name }) =>
  Object.fromEntries(['status', 'validated', 'poses', 'limbs', 'results', 'activation', 'force', 'groups'].map((kind) => [kind, arrays[`${name}.${kind}`]]));

// Poses and results at slider values or a time; poses are known at every node, results only where all nodes in use converged.
function readSource(scene, about, arrays, source, point) {
  const data = sourceData(arrays, source), found = corners(source.axes, point), shaping = nodesAt(source.axes, point, data.status);
  scene.state = stateOf(data.status, shaping);
  scene.state.validated = found.every((corner) => data.validated[corner.node] === 1);
  blendPoses(data.poses, about.bodies, found, scene.poses);
  blend(data.limbs, scene.limbs.length, found, scene.limbs);
  bodiesOf(scene.poses, about.bodies, scene.bodies);
  midPlanes(scene.poses, arrays['discs.up'], scene.up);
  const known = scene.state.kind !== 'unknown';
  if (known) curves(data.results, scene.results.length, shaping, scene.results); else scene.results.fill(NaN);
  for (const kind of ['activation', 'force', 'groups']) {
    if (known) blend(data[kind], scene[kind].length, found, scene[kind]); else scene[kind].fill(NaN);
  }
}

// Normals of the discs' mid-planes, half-way between the vertebrae beside them.
function midPlanes(poses, neutral, out) {
  const half = new Float64Array(4), r = new Float64Array(9);
  for (let j = 0; j < 6; j++) {
    const a = 7 * j + 3, b = a + 7;
    let together = 0;
    for (let i = 0; i < 4; i++) together += poses[a + i] * poses[b + i];
    for (let i = 0; i < 4; i++) half[i] = poses[a + i] + (together < 0 ? -1 : 1) * poses[b + i];
    const length = Math.hypot(...half);
    for (let i = 0; i < 4; i++) half[i] /= length;
    rotationOf(half, 0, r);
    for (let i = 0; i < 3; i++) out[3 * j + i] = r[3 * i] * neutral[3 * j] + r[3 * i + 1] * neutral[3 * j + 1] + r[3 * i + 2] * neutral[3 * j + 2];
  }
}

// Where labels point: the place of a disc's mid-height that is farthest to the right on screen.
function rightmost(eye, about, vertices, joint, width, height) {
  const n = about.around, start = 6 * (joint * discVertices(about) + n * (about.rows >> 1));
  let best = { x: -Infinity };
  for (let k = 0; k < n; k++) {
    const place = project(eye.matrix, vertices, start + 6 * k, width, height);
    if (place.x > best.x) best = place;
  }
  return best;
}

const result = (scene, about, level, field) => scene.results[level * about.fields.length + about.fields.indexOf(field)];

// Part of what the median person bears; NaN where nothing is known.
const shareOf = (scene, about, level, field) => result(scene, about, level, field) / (about.tolerances[field]?.[level] ?? NaN);

// Colour of a share of a scale: a colour of its own beyond the end, grey without a number.
function shade(about, arrays, table, share) {
  if (!Number.isFinite(share)) return about.colours.unknown;
  if (share > 1) return about.colours.above;
  const step = Math.round(255 * Math.max(0, share));
  return [...arrays['colours.' + table].subarray(3 * step, 3 * step + 3)];
}

// Discs of the joints, caudal to cranial, by the chosen quantity.
function colourDiscs(scene, about, arrays, quantity) {
  const { field, full } = about.quantities[quantity];
  for (let j = 0; j < 6; j++) {
    const level = 5 - j, share = full ? result(scene, about, level, field) / full : shareOf(scene, about, level, field);
    scene.colours.discs[j] = shade(about, arrays, 'disc', share);
  }
}

// Fascicles of the sides shown, with colours by activation; returns how many.
function fillTubes(scene, about, arrays, tubes, side) {
  const wanted = { off: [], left: [0], right: [1], both: [0, 1] }[side];
  const sides = arrays['muscles.side'], reference = arrays['muscles.reference'];
  let shown = 0;
  for (let f = 0; f < sides.length; f++) {
    if (!wanted.includes(sides[f])) continue;
    const at = 7 * shown++, colour = shade(about, arrays, 'muscle', scene.activation[f] / 1000);
    for (let i = 0; i < 3; i++) { tubes.instances[at + i] = reference[3 * f + i]; tubes.instances[at + 4 + i] = colour[i] / 255; }
    tubes.instances[at + 3] = f;
  }
  pathPoints(scene.bodies, arrays['muscles.body'], arrays['muscles.points'], scene.path);
  if (shown) {
    stations(arrays['muscles.chosen'], arrays['muscles.mix'], arrays['muscles.slope'], scene.path, tubes.middle, tubes.along);
  }
  return shown;
}

function putRod(rods, tail, tip, radius, colour) {
  const at = 10 * rods.shown++;
  for (let i = 0; i < 3; i++) { rods.instances[at + i] = tail[i]; rods.instances[at + 3 + i] = tip[i]; rods.instances[at + 7 + i] = colour[i] / 255; }
  rods.instances[at + 6] = radius;
}

// Facet forces on the lower vertebrae: longer with the force up to a full length, thicker with its root.
function fillArrows(scene, about, arrays, rods) {
  const { least, full, length, radius } = about.arrows, tip = [0, 0, 0], out = [0, 0, 0];
  rods.shown = 0;
  for (let j = 0; j < 6; j++) {
    ['facet_left_N', 'facet_right_N'].forEach((field, side) => {
      const force = result(scene, about, 5 - j, field), at = 3 * (2 * j + side);
      if (!(force >= least)) return;
      carry(scene.bodies, j + 1, arrays['facets.centre'], at, tip, 0);
      turn(scene.bodies, j, arrays['facets.normal'], at, out, 0);
      const size = Math.min(force / full, 1), long = length[0] + (length[1] - length[0]) * size;
      rods.keys[rods.shown] = `facet:${5 - j}:${side}`;
      putRod(rods, tip.map((t, i) => t + long * out[i]), tip, radius * Math.sqrt(Math.max(size, 0.06)), about.colours.facet);
    });
  }
}

// Ligament strands by the tension of their group.
function fillStrands(scene, about, arrays, rods) {
  const { names, full, radius } = about.ligaments, per = rods.instances.length / 10 / 6, low = [0, 0, 0], high = [0, 0, 0];
  rods.shown = 0;
  for (let j = 0; j < 6; j++) {
    for (let s = 0; s < per; s++) {
      const at = 3 * (2 * (j * per + s));
      carry(scene.bodies, j, arrays['ligaments.ends'], at, low, 0);
      carry(scene.bodies, j + 1, arrays['ligaments.ends'], at + 3, high, 0);
      const tension = result(scene, about, 5 - j, `ligament_${names[arrays['ligaments.group'][s]]}_N`);
      putRod(rods, low, high, radius, shade(about, arrays, 'ligament', tension / full));
    }
  }
}
