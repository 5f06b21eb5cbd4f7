// Flat drawings: the small figure with arms and load from the right side, and the whole picture, from there or from behind, where there is no
// WebGL. `across` is the axis that runs to the right: x (0) from the side, z (2) from behind.

const MM = 1000, ACROSS = { side: 0, back: 2 };
const placeOf = (p, across) => `${(MM * p[across]).toFixed(1)} ${(-MM * p[1]).toFixed(1)}`;

// Outlines are cards that stand in the middle of their bones.
function outlinePath(scene, bone, points, across) {
  const p = [0, 0, 0], out = [0, 0, 0], places = [];
  p[2 - across] = bone.middle[2 - across];
  for (let k = 0; k < points.length; k += 2) {
    p[across] = points[k]; p[1] = points[k + 1];
    carry(scene.bodies, bone.body, p, 0, out, 0);
    places.push(placeOf(out, across));
  }
  return 'M' + places.join('L') + 'Z';
}

const css = (colour) => `rgb(${colour.join(' ')})`;

function discPath(scene, arrays, around, joint, across) {
  const out = [0, 0, 0], sides = [[], []];
  const extreme = (end, sign) => {
    let best = -Infinity, place = '';
    for (let k = 0; k < around; k++) {
      carry(scene.bodies, joint + end, arrays['discs.rims'], 3 * ((2 * joint + end) * around + k), out, 0);
      if (sign * out[across] > best) { best = sign * out[across]; place = placeOf(out, across); }
    }
    return place;
  };
  sides[0] = [extreme(0, -1), extreme(0, 1)];
  sides[1] = [extreme(1, 1), extreme(1, -1)];
  return 'M' + sides.flat().join('L') + 'Z';
}

// Bones and discs as shapes; used in both drawings.
function spineShapes(scene, about, arrays, view) {
  const across = ACROSS[view], bones = about.bones.filter((bone) => bone.views.includes(view)).map((bone) =>
    element('path', { class: bone.ghost ? 'bone pelvis' : 'bone', d: outlinePath(scene, bone, arrays[`${bone.name}.${view}`], across) }));
  const discs = about.levels.map((_, level) =>
    element('path', { d: discPath(scene, arrays, about.discs.around, 5 - level, across), fill: css(scene.colours.discs[5 - level]), stroke: css(scene.colours.discs[5 - level]), 'stroke-width': 1.5, 'data-level': level }));
  return [...bones, ...discs];
}

// Fixed to what all postures need, so that the drawing does not jump.
function drawFlat(svg, scene, about, arrays, source, view) {
  const [x, y, w, h] = source.frames[view];
  svg.setAttribute('viewBox', `${x} ${y} ${w} ${h}`);
  svg.setAttribute('aria-label', view === 'side' ? 'Drawing from the right side' : 'Drawing from behind');
  svg.replaceChildren(...spineShapes(scene, about, arrays, view));
}

// The whole body: legs, spine, head, arms, load, and how far the load is in front of L5-S1.
function drawFigure(figure, scene, about, arrays, source, load, ahead) {
  const svg = figure.querySelector('svg'), [x, y, w, h] = source.frames.body, at = (i) => [MM * scene.limbs[3 * i], -MM * scene.limbs[3 * i + 1]];
  const line = (points, width) => element('path', { class: 'limb', 'stroke-width': width, d: 'M' + points.map((p) => p.join(' ')).join('L') });
  const [shoulder, elbow, grip, hip, knee, ankle, neck, head, chest, carried] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(at);
  const parts = [line([hip, knee, ankle], 80), line([chest, neck, head], 80), ...spineShapes(scene, about, arrays, 'side')];
  parts.push(element('circle', { class: 'head', cx: head[0], cy: head[1], r: 85 }), line([shoulder, elbow, grip], 46));
  const edge = MM * Math.cbrt(Math.max(load, 0) / about.boxDensity);
  if (edge) parts.push(element('rect', { class: 'load', x: carried[0] - edge / 2, y: carried[1] - edge * 0.2, width: edge, height: edge * 0.8 }));
  parts.push(element('path', { class: 'lever', 'stroke-width': 9, d: `M0 0L0 ${grip[1]}L${grip[0]} ${grip[1]}` }));
  svg.setAttribute('viewBox', `${x} ${y} ${w} ${h}`);
  svg.replaceChildren(...parts);
  figure.querySelector('figcaption').textContent = `hands ${number(ahead ?? grip[0], 0)} mm in front of L5-S1`;
}
