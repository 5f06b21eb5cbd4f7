// Flat drawings from the right side: the small figure with arms and load, and the whole picture where there is no WebGL.

const MM = 1000;

function outlinePath(scene, body, points) {
  const p = [0, 0, 0], out = [0, 0, 0], places = [];
  for (let k = 0; k < points.length; k += 2) {
    p[0] = points[k]; p[1] = points[k + 1];
    carry(scene.bodies, body, p, 0, out, 0);
    places.push(`${(MM * out[0]).toFixed(1)} ${(-MM * out[1]).toFixed(1)}`);
  }
  return 'M' + places.join('L') + 'Z';
}

const css = (colour) => `rgb(${colour.join(' ')})`;

function discPath(scene, arrays, around, joint) {
  const out = [0, 0, 0], sides = [[], []];
  const extreme = (end, sign) => {
    let best = -Infinity, place = '';
    for (let k = 0; k < around; k++) {
      carry(scene.bodies, joint + end, arrays['discs.rims'], 3 * ((2 * joint + end) * around + k), out, 0);
      if (sign * out[0] > best) { best = sign * out[0]; place = `${(MM * out[0]).toFixed(1)} ${(-MM * out[1]).toFixed(1)}`; }
    }
    return place;
  };
  sides[0] = [extreme(0, -1), extreme(0, 1)];
  sides[1] = [extreme(1, 1), extreme(1, -1)];
  return 'M' + sides.flat().join('L') + 'Z';
}

// Bones and discs as shapes; used in both drawings.
function spineShapes(scene, about, arrays) {
  const bones = about.bones.filter((bone) => bone.outline).map((bone) =>
    element('path', { class: bone.ghost ? 'bone pelvis' : 'bone', d: outlinePath(scene, bone.body, arrays[bone.name + '.outline']) }));
  const discs = about.levels.map((_, level) =>
    element('path', { d: discPath(scene, arrays, about.discs.around, 5 - level), fill: css(scene.colours.discs[5 - level]), stroke: css(scene.colours.discs[5 - level]), 'stroke-width': 1.5, 'data-level': level }));
  return [...bones, ...discs];
}

// Fixed to what all postures need, so that the drawing does not jump.
function drawFlat(svg, scene, about, arrays) {
  const [x, y, w, h] = about.frames.spine;
  svg.setAttribute('viewBox', `${x} ${y} ${w} ${h}`);
  svg.replaceChildren(...spineShapes(scene, about, arrays));
}

// The whole body: legs, spine, head, arms, load, and how far the load is in front of L5-S1.
function drawFigure(figure, scene, about, arrays, load, ahead) {
  const svg = figure.querySelector('svg'), [x, y, w, h] = about.frames.body, at = (i) => [MM * scene.limbs[3 * i], -MM * scene.limbs[3 * i + 1]];
  const line = (points, width) => element('path', { class: 'limb', 'stroke-width': width, d: 'M' + points.map((p) => p.join(' ')).join('L') });
  const [shoulder, elbow, grip, hip, knee, ankle, neck, head, chest] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(at);
  const parts = [line([hip, knee, ankle], 80), line([chest, neck, head], 80), ...spineShapes(scene, about, arrays)];
  parts.push(element('circle', { class: 'head', cx: head[0], cy: head[1], r: 85 }), line([shoulder, elbow, grip], 46));
  const edge = MM * Math.cbrt(Math.max(load, 0) / about.boxDensity);
  if (edge) parts.push(element('rect', { class: 'load', x: grip[0] - edge / 2, y: grip[1] - edge * 0.2, width: edge, height: edge * 0.8 }));
  parts.push(element('path', { class: 'lever', 'stroke-width': 9, d: `M0 0L0 ${grip[1]}L${grip[0]} ${grip[1]}` }));
  svg.setAttribute('viewBox', `${x} ${y} ${w} ${h}`);
  svg.replaceChildren(...parts);
  figure.querySelector('figcaption').textContent = `hands ${number(ahead ?? grip[0], 0)} mm in front of L5-S1`;
}
