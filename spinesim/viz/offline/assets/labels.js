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

// Place the labels; `silhouette` is the right edge of what is drawn, in pixels.
function placeLabels(labels, anchors, silhouette, width, height, scene, about, quantity, level) {
  const heights = spread(anchors.map((a) => a.y), LABEL_GAP, 70, height - 20), { field, digits, unit, tolerance } = about.quantities[quantity];
  labels.forEach((label, index) => {
    const value = result(scene, about, index, field), share = value / about.tolerances[tolerance][index];
    const words = Number.isFinite(value) ? `${number(value, digits)} ${unit}` : 'no number';
    label.button.replaceChildren(`${label.name}  ${words} `, element('small', {}, (share > 1 ? '> ' : '') + percent(share)));
    label.button.classList.toggle('above', share > 1);
    label.button.classList.toggle('chosen', index === level);
    label.button.setAttribute('aria-pressed', String(index === level));
  });
  const wide = Math.max(...labels.map((label) => label.button.offsetWidth));
  const gutter = Math.max(4, Math.min(silhouette + 34, width - wide - 8));
  labels.forEach((label, index) => {
    const { x, y } = anchors[index], path = `M${x.toFixed(1)} ${y.toFixed(1)}L${(gutter - 14).toFixed(1)} ${heights[index].toFixed(1)}H${gutter.toFixed(1)}`;
    label.halo.setAttribute('d', path);
    label.line.setAttribute('d', path);
    label.dotted.setAttribute('cx', x);
    label.dotted.setAttribute('cy', y);
    label.button.style.transform = `translate(${gutter}px, ${heights[index] - label.button.offsetHeight / 2}px)`;
  });
}
