// Words over the picture: levels in one column beside the spine, with lines to their discs; nothing overlaps.

const LABEL_GAP = 27;

// Heights in order, at least a gap apart, inside the window, as near as can be to where they belong.
function spread(wanted, gap, low, high) {
  const order = wanted.map((y, i) => [y, i]).sort((a, b) => a[0] - b[0]), placed = order.map(([y]) => y);
  for (let k = 0; k < placed.length; k++) placed[k] = Math.max(placed[k], k ? placed[k - 1] + gap : low);
  for (let k = placed.length - 1; k >= 0; k--) placed[k] = Math.min(placed[k], k < placed.length - 1 ? placed[k + 1] - gap : high);
  const out = new Array(wanted.length);
  order.forEach(([, i], k) => { out[i] = placed[k]; });
  return out;
}

function makeLabels(box, leaders, about, chosen, hovered) {
  return about.levels.map((name, level) => {
    const button = element('button', { type: 'button', 'data-level': level });
    button.addEventListener('click', () => chosen(level));
    button.addEventListener('pointerenter', () => hovered(level));
    button.addEventListener('pointerleave', () => hovered(-1));
    const halo = element('path', { class: 'halo' }), line = element('path'), dotted = element('circle', { r: 3 });
    leaders.append(halo, line, dotted);
    box.append(button);
    return { button, halo, line, dotted, name };
  });
}

// Words on a level: its number and its part of the median.
function writeLabel({ button, name }, level, chosen, scene, about, quantity) {
  const { field, digits, unit } = about.quantities[quantity], value = result(scene, about, level, field), share = shareOf(scene, about, level, field);
  const words = Number.isFinite(value) ? withUnit(number(value, digits), unit) : 'no number';
  button.replaceChildren(`${name}  ${words} `, element('small', {}, Number.isFinite(share) ? (share > 1 ? '> ' : '') + percent(share) : ''));
  button.classList.toggle('above', share > 1);
  button.classList.toggle('chosen', chosen);
  button.setAttribute('aria-pressed', String(chosen));
}

// Place the labels in a column to the right of all their anchors, inside the window; those of discs that are out of it are left out.
function placeLabels(labels, anchors, width, height, scene, about, quantity, chosen) {
  const seen = anchors.map(({ x, y }) => x > 0 && x < width && y > 0 && y < height), shown = labels.filter((_, level) => seen[level]);
  labels.forEach((label, level) => {
    for (const part of [label.button, label.halo, label.line, label.dotted]) part.toggleAttribute('hidden', !seen[level]);
    writeLabel(label, level, level === chosen, scene, about, quantity);
  });
  const places = anchors.filter((_, level) => seen[level]), heights = spread(places.map((a) => a.y), LABEL_GAP, 70, height - 20);
  const wide = Math.max(...shown.map((label) => label.button.offsetWidth)), right = Math.max(...places.map((a) => a.x)) + 34;
  const gutter = Math.max(4, Math.min(right, width - wide - 8));
  shown.forEach((label, index) => {
    const { x, y } = places[index], path = `M${x.toFixed(1)} ${y.toFixed(1)}L${(gutter - 14).toFixed(1)} ${heights[index].toFixed(1)}H${gutter.toFixed(1)}`;
    label.halo.setAttribute('d', path);
    label.line.setAttribute('d', path);
    label.dotted.setAttribute('cx', x);
    label.dotted.setAttribute('cy', y);
    label.button.style.transform = `translate(${gutter}px, ${heights[index] - label.button.offsetHeight / 2}px)`;
  });
}
