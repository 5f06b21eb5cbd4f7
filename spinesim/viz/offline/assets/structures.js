// Structures that can be pointed at, each by a key: disc:4, facet:4:0, ligament:4:2, muscle:37, bone:L4; levels from above to below.

const SIDES = ['left', 'right'], wordsOf = (name) => name.replaceAll('_', ' ');

function structuresOf({ levels, ligaments, muscles }) {
  const fascicle = (name, f) => [`muscle:${f}`, `${wordsOf(muscles.groups[muscles.of[f]])}: ${wordsOf(name).replace(/ (left|right)$/, ', $1')}`];
  return [
    { label: 'Discs', entries: levels.map((level, k) => [`disc:${k}`, `Disc ${level}`]) },
    { label: 'Facet joints', entries: levels.flatMap((level, k) => SIDES.map((side, s) => [`facet:${k}:${s}`, `Facet joint ${level}, ${side}`])) },
    { label: 'Ligaments', entries: levels.flatMap((level, k) => ligaments.names.map((name, g) => [`ligament:${k}:${g}`, `Ligament ${name}, ${level}`])) },
    { label: 'Muscles, by fascicle', entries: muscles.names.map(fascicle) },
  ];
}

const partsOf = (key) => { const [kind, ...rest] = key.split(':'); return { kind, at: rest.map(Number), name: rest[0] }; };

function nameOf(about, key) {
  for (const { entries } of structuresOf(about)) for (const [one, name] of entries) if (one === key) return name;
  return `Vertebra ${partsOf(key).name}`.replace('Vertebra sacrum', 'Sacrum');
}

// Its numbers as [words, number with unit] in lines; those of a bone are the discs beside it.
function linesOf(scene, about, arrays, key) {
  const { kind, at, name } = partsOf(key);
  const field = (level, id, label) => {
    const found = about.details.find((one) => one.field === id), share = about.tolerances[id] ? shareOf(scene, about, level, id) : NaN;
    const part = Number.isFinite(share) ? ` (${percent(share)} of median)` : '';
    return [label ?? found.label, withUnit(number(result(scene, about, level, id), found.digits), found.unit) + part];
  };
  if (kind === 'disc') return about.details.slice(0, 5).map((one) => field(at[0], one.field));
  if (kind === 'facet') { const side = SIDES[at[1]]; return [field(at[0], `facet_${side}_N`, 'Force'), field(at[0], `facet_${side}_peak_MPa`, 'Peak pressure')]; }
  if (kind === 'ligament') return [field(at[0], `ligament_${about.ligaments.names[at[1]]}_N`, 'Tension of the whole group')];
  if (kind === 'muscle') return muscleLines(scene, about, arrays, at[0]);
  const above = about.levels.findIndex((level) => level.endsWith('-' + name)), below = about.levels.findIndex((level) => level.startsWith(name + '-'));
  const last = name === 'sacrum' ? about.levels.length - 1 : above;
  return [[last, 'above'], [below, 'below']].filter(([level]) => level >= 0).map(([level, words]) => field(level, 'disc_compression_N', `Disc ${words}, ${about.levels[level]}`));
}

function muscleLines(scene, about, arrays, f) {
  const group = about.muscles.of[f], right = arrays['muscles.side'][f], at = 4 * group + 2 * right, side = SIDES[right];
  return [
    ['Activation', `${number(scene.activation[f] / 10, 1)} %`], ['Force', `${number(scene.force[f], 0)} N`],
    [`All of ${wordsOf(about.muscles.groups[group])}, ${side}`, `${number(scene.groups[at], 0)} N`],
    ['Mean activation of it', `${number(100 * scene.groups[at + 1], 1)} %`],
  ];
}

// The middle of a structure, where its mark is drawn.
function middleOf(scene, about, arrays, key) {
  const { kind, at, name } = partsOf(key), out = [0, 0, 0], other = [0, 0, 0], joint = 5 - at[0];
  const mean = (points) => [0, 1, 2].map((i) => points.reduce((sum, p) => sum + p[i], 0) / points.length);
  if (kind === 'facet') { carry(scene.bodies, joint + 1, arrays['facets.centre'], 3 * (2 * joint + at[1]), out, 0); return out; }
  if (kind === 'bone') { const bone = about.bones.find((one) => one.name === name); carry(scene.bodies, bone.body, bone.middle, 0, out, 0); return out; }
  if (kind === 'muscle') {
    const rings = about.muscles.stations, half = rings >> 1, four = 4 * (at[0] * rings + half);
    for (let k = 0; k < 4; k++) for (let i = 0; i < 3; i++) out[i] += arrays['muscles.mix'][four + k] * scene.path[3 * arrays['muscles.chosen'][four + k] + i];
    return out;
  }
  const ends = kind === 'disc' ? rimEnds(about, joint) : strandEnds(about, arrays, joint, at[1]), points = [];
  for (const [array, k, body] of ends) { carry(scene.bodies, body, arrays[array], k, other, 0); points.push([...other]); }
  return mean(points);
}

function rimEnds({ discs }, joint) {
  return [0, 1].flatMap((end) => Array.from({ length: discs.around }, (_, k) => ['discs.rims', 3 * ((2 * joint + end) * discs.around + k), joint + end]));
}

function strandEnds({ ligaments }, arrays, joint, group) {
  const per = ligaments.strands / 6, found = [];
  for (let s = 0; s < per; s++) {
    if (arrays['ligaments.group'][s] === group) for (const end of [0, 1]) found.push(['ligaments.ends', 3 * (2 * (joint * per + s) + end), joint + end]);
  }
  return found;
}
