// Which structure is under the pointer, what is told about it, and which one is chosen.

const REACH_PX = 3;

// Key of what is seen at a pixel; empty if nothing is. Arrows shine through bone, and are found through it.
function structureAt({ about, arrays, scene, renderer }, x, y) {
  if (!scene.seen || !renderer || x < 0) return '';
  const { eye, width, height } = scene.seen, ray = rayAt(eye, x, y, width, height), pixel = (2 * eye.half) / height;
  const found = [...hitBones(renderer, scene, ray), ...hitDiscs(renderer, about, arrays, ray), ...hitMuscles(renderer, arrays, ray, pixel), ...hitStrands(renderer, about, arrays, ray, pixel)];
  const arrows = hitRods(renderer.arrows, ray, pixel).map(([k, far]) => [renderer.arrows.keys[k], far]);
  const nearest = (hits) => hits.reduce((best, hit) => (hit[1] < best[1] ? hit : best), ['', Infinity]);
  const [seen, far] = nearest(found), [arrow, there] = nearest(arrows);
  return arrow && (there < far || seen.startsWith('bone:')) ? arrow : seen;
}

function hitBones({ bones }, scene, ray) {
  const found = [];
  for (const bone of bones.filter((one) => !one.ghost)) {
    const own = onBody(scene.bodies, bone.body, ray), high = bone.low.map((low, i) => low + 65535 * bone.step[i]);
    if (!meetsBox(own, bone.low, high)) continue;
    found.push([`bone:${bone.name}`, meetsTriangles(own, bone.vertices, 7, bone.indices, 0, bone.indices.length)]);
  }
  return found.filter(([, far]) => far < Infinity);
}

function hitDiscs({ discs }, about, arrays, ray) {
  const triangles = arrays['discs.triangles'];
  return about.levels.map((_, level) => [`disc:${level}`, meetsTriangles(ray, discs.vertices, 6, triangles, (5 - level) * discs.count, (6 - level) * discs.count)]).filter(([, far]) => far < Infinity);
}

function hitMuscles({ tubes }, arrays, ray, pixel) {
  const found = [], { rings, middle } = tubes, there = arrays['muscles.there'];
  for (let k = 0; k < tubes.shown; k++) {
    const f = tubes.instances[7 * k + 3];
    for (let r = 0; r < rings - 1; r++) {
      const at = 4 * (f * rings + r), near = nearPiece(ray, middle.subarray(at, at + 3), middle.subarray(at + 4, at + 7));
      const radius = middle[at + 3] + near.share * (middle[at + 7] - middle[at + 3]);
      if (there[f * rings + r] > 0.5 && near.gap < radius + pixel * near.far) found.push([`muscle:${f}`, near.far - Math.max(radius - near.gap, 0)]);
    }
  }
  return found;
}

// Numbers and distances of the rods that the ray meets, with a little to spare.
function hitRods(rods, ray, pixel) {
  const found = [], put = rods.instances;
  for (let k = 0; k < rods.shown; k++) {
    const at = 10 * k, near = nearPiece(ray, put.subarray(at, at + 3), put.subarray(at + 3, at + 6));
    if (near.gap < put[at + 6] + REACH_PX * pixel * near.far) found.push([k, near.far]);
  }
  return found;
}

function hitStrands({ strands }, about, arrays, ray, pixel) {
  const per = about.ligaments.strands / 6;
  return hitRods(strands, ray, pixel).map(([k, far]) => [`ligament:${5 - Math.floor(k / per)}:${arrays['ligaments.group'][k % per]}`, far]);
}

// A level of the table or of the labels.
function choose(app, level) { choosePart(app, `disc:${level}`); }

// A structure: its numbers stay in the panel, its mark in the picture; what is hidden comes out.
function choosePart(app, key) {
  const { state, arrays } = app, { kind, at } = key ? partsOf(key) : {};
  state.part = key;
  if (['disc', 'facet', 'ligament'].includes(kind)) state.level = at[0];
  const wanted = kind === 'muscle' && SIDES[arrays['muscles.side'][at[0]]];
  if (wanted && ![wanted, 'both'].includes(state.muscles)) byId('muscles').value = state.muscles = state.muscles === 'off' ? wanted : 'both';
  if (kind === 'ligament' && !byId('ligaments').checked) { byId('ligaments').checked = true; showScales(app); }
  ask(app);
}

// The next structure of the list, or the one before, for those who use keys.
function stepPart(app, by) {
  const keys = structuresOf(app.about).flatMap(({ entries }) => entries.map(([key]) => key)), at = keys.indexOf(app.state.part);
  choosePart(app, keys[(at + by + keys.length + (at < 0 && by < 0)) % keys.length]);
}

function hover(app, level) { if (app.state.hover !== level) { app.state.hover = level; ask(app); } }

// The pointer moves more often than pictures are drawn: it is looked at once a picture.
function hoverAt(app, x, y) {
  const { state } = app, waiting = state.pointer;
  state.pointer = [x, y];
  if (!waiting) requestAnimationFrame(() => { const [px, py] = state.pointer; state.pointer = null; pointAt(app, px, py); });
}

function pointAt(app, x, y) {
  const key = structureAt(app, x, y), { kind, at } = key ? partsOf(key) : {};
  hover(app, ['disc', 'facet', 'ligament'].includes(kind) ? at[0] : -1);
  showTip(app, key, x, y);
}

function showTip({ about, arrays, scene }, key, x, y) {
  const tip = byId('tip'), view = byId('view');
  tip.hidden = !key;
  if (!key) return;
  tip.textContent = [nameOf(about, key), ...linesOf(scene, about, arrays, key).map(([words, text]) => `${words}: ${text}`)].join('\n');
  const left = Math.max(4, Math.min(x + 16, view.clientWidth - tip.offsetWidth - 4)), top = Math.max(4, Math.min(y + 16, view.clientHeight - tip.offsetHeight - 4));
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function pickAt(app, x, y) {
  const key = structureAt(app, x, y);
  choosePart(app, key);
  showTip(app, key, x, y);
}

// The list of all structures, and the numbers of the chosen one.
function makeParts(select, about, chosen) {
  select.append(element('option', { value: '' }, 'none: touch one, or choose'));
  for (const { label, entries } of structuresOf(about)) {
    select.append(element('optgroup', { label }, ...entries.map(([key, name]) => element('option', { value: key }, name))));
  }
  select.addEventListener('change', () => chosen(select.value));
}

function showPart({ about, arrays, scene, state }) {
  const box = byId('structure'), select = byId('part'), key = state.part;
  if (select.value !== key) select.value = key;
  const head = key ? [element('caption', {}, nameOf(about, key))] : [];
  const rows = key ? linesOf(scene, about, arrays, key).map(([words, text]) => element('tr', {}, element('th', { scope: 'row' }, words), element('td', {}, text))) : [];
  box.querySelector('table').replaceChildren(...head, element('tbody', {}, ...rows));
}

// The mark of the chosen structure.
function showMark({ about, arrays, scene, state }) {
  const mark = byId('mark'), seen = scene.seen && state.part;
  mark.toggleAttribute('hidden', !seen);
  if (!seen) return;
  const { eye, width, height } = scene.seen, { x, y } = project(eye.matrix, middleOf(scene, about, arrays, state.part), 0, width, height);
  mark.setAttribute('cx', x.toFixed(1));
  mark.setAttribute('cy', y.toFixed(1));
}
