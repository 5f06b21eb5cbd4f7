// The panel: sliders, table, colour scales and the numbers of one level.

function makeSliders(form, axes, values, changed) {
  for (const axis of axes.filter((one) => one.values.length > 1)) {
    const id = 'axis-' + axis.key, [low, high] = [axis.values[0], axis.values.at(-1)];
    const input = element('input', { type: 'range', id, min: low, max: high, step: axis.step, 'data-key': axis.key });
    const output = element('output', { for: id, 'aria-live': 'off' }), ticks = element('div', { class: 'ticks', 'aria-hidden': 'true' });
    for (const value of axis.values) ticks.append(element('i', { style: `left:${(100 * (value - low)) / (high - low)}%` }));
    form.append(element('div', { class: 'slider' }, element('label', { for: id }, axis.label), output, input, ticks));
    input.addEventListener('input', () => { values[axis.key] = Number(input.value); changed(axis.key); });
  }
}

// The slider of an exercise goes from solved frame to solved frame.
function makeTime(form, { axes: [axis], phases, subtitle }, values, changed) {
  const id = 'axis-time_s', input = element('input', { type: 'range', id, min: 0, max: axis.values.length - 1, step: 1 });
  const output = element('output', { for: id, 'aria-live': 'off' }), names = phases.filter((phase, k) => phase !== phases[k - 1]);
  form.append(element('div', { class: 'slider' }, element('label', { for: id }, axis.label), output, input), element('p', { class: 'told' }, names.length ? `${subtitle} Phases: ${names.map(wordsOf).join(', ')}.` : subtitle));
  input.addEventListener('input', () => { values.time_s = axis.values[Number(input.value)]; changed(axis.key); });
}

function showTime(form, source, time) {
  const input = form.querySelector('input'), frame = frameOf(source, time), phase = source.phases[frame];
  const text = `${number(time, 2)} s${phase ? `, ${wordsOf(phase)}` : ''}`;
  if (Number(input.value) !== frame) input.value = frame;
  input.setAttribute('aria-valuetext', text);
  form.querySelector('output').textContent = text;
}

const nearest = (list, x) => list.reduce((best, value) => (Math.abs(value - x) < Math.abs(best - x) ? value : best));
const axisText = (axis, value) => withUnit(number(value, Number.isInteger(value) ? 0 : 1), axis.unit);

function showSliders(form, axes, values) {
  for (const axis of axes.filter((one) => one.values.length > 1)) {
    const input = form.querySelector(`[data-key="${axis.key}"]`), text = axisText(axis, values[axis.key]);
    if (Number(input.value) !== values[axis.key]) input.value = values[axis.key];
    input.setAttribute('aria-valuetext', text);
    form.querySelector(`output[for="axis-${axis.key}"]`).textContent = text;
  }
}

// Words on what the numbers are: solved, interpolated, or none.
function stateText(about, state, moving) {
  if (state.kind === 'unknown') return { bad: true, head: 'No numbers here', rest: `: beside a posture that ${about.statuses[state.status]}; nothing is blended over it.` };
  if (state.status !== 0) return { bad: true, head: 'Solved, but it ' + about.statuses[state.status], rest: state.status === 1 ? ': the loads below leave a moment unmet.' : '.' };
  const range = state.validated ? '' : ' Outside the range compared with measurements.';
  if (state.kind === 'solved') return { bad: false, head: 'Solved value', rest: ': the numbers of the result itself.' + range };
  if (moving) return { bad: false, head: 'Interpolated', rest: ` between solved frames.${range}` };
  return { bad: false, head: 'Interpolated', rest: ` between solved values; how far off: below.${range}` };
}

function makeTable(table, about, chosen, hovered) {
  const heads = about.columns.map((column) => element('th', { scope: 'col' }, column.head[0], element('br'), column.head[1]));
  table.tHead.replaceChildren(element('tr', {}, element('th', { scope: 'col' }, 'Level'), ...heads));
  about.levels.forEach((name, level) => {
    const row = element('tr', { 'data-level': level });
    row.append(element('th', { scope: 'row' }, element('span', { class: 'swatch', 'aria-hidden': 'true' }), name), ...about.columns.map(() => element('td')));
    row.addEventListener('click', () => chosen(level));
    row.addEventListener('pointerenter', () => hovered(level));
    row.addEventListener('pointerleave', () => hovered(-1));
    table.tBodies[0].append(row);
  });
}

function showTable(table, scene, about, level) {
  [...table.tBodies[0].rows].forEach((row, index) => {
    row.classList.toggle('chosen', index === level);
    row.querySelector('.swatch').style.background = css(scene.colours.discs[5 - index]);
    about.columns.forEach((column, k) => {
      const cell = row.cells[k + 1], value = result(scene, about, index, column.field), share = shareOf(scene, about, index, column.field);
      cell.textContent = column.share ? percent(share) : number(value, column.digits);
      cell.classList.toggle('above', share > 1);
      if (column.share && share > 1) cell.textContent = '> ' + cell.textContent;
    });
  });
}

// Bars of the colour tables with numbers; what lies beyond the end has its own colour and a mark.
function makeScales(box, about, arrays, quantity, ligaments) {
  const { title, unit, digits, full, marks } = about.quantities[quantity];
  const end = full ?? 1, shown = (value) => (full ? number(value, digits) : percent(value));
  const scales = [[full ? `${title} (${unit})` : title, 'disc', [0, end / 2, end].map((v) => [v / end, shown(v)]), marks.map(([v, text]) => [v / end, text])],
    ['Muscle activation (%)', 'muscle', [[0, '0'], [0.5, '50'], [1, '100']], []]];
  if (ligaments) scales.push([`Ligament tension (N)`, 'ligament', [0, 0.5, 1].map((v) => [v, number(v * about.ligaments.full, 0)]), []]);
  box.replaceChildren(...scales.map(([words, table, ends, lines]) => {
    const colours = arrays['colours.' + table], stops = [];
    for (let k = 0; k <= 16; k++) { const s = 3 * Math.round((255 * k) / 16); stops.push(css([...colours.subarray(s, s + 3)])); }
    // Nothing is beyond all of a muscle.
    const wide = table === 'muscle' ? 100 : 94, beyond = css(about.colours.above);
    const bar = element('div', { class: 'bar', style: `background: linear-gradient(90deg, ${stops.map((stop, k) => `${stop} ${(wide * k) / 16}%`).join(',')}, ${beyond} ${wide}%)` });
    const row = element('div', { class: 'ends' });
    ends.forEach(([place, text], i) => row.append(element('span', { class: i === ends.length - 1 ? 'last' : '', style: `left:${wide * place}%` }, text)));
    for (const [place, text] of lines) bar.append(element('span', { class: 'mark', title: text, style: `left:${wide * place}%` }));
    const note = lines.map(([, text]) => ' | ' + text).join('');
    return element('div', { class: 'scale', 'data-table': table }, element('div', {}, words + note), bar, row);
  }));
  box.append(element('div', { class: 'scale' }, `Arrows: facet force on the vertebra below; longest from ${number(about.arrows.full, 0)} N. `,
    element('span', { class: 'swatch', style: `background:${css(about.colours.above)}` }), 'beyond the scale, also marked >'));
}

// Every number of one level.
function showDetail(box, scene, about, level) {
  const rows = about.details.map(({ label, field, unit, digits }) => {
    const value = result(scene, about, level, field), share = about.tolerances[field] ? percent(shareOf(scene, about, level, field)) : '';
    return element('tr', {}, element('th', { scope: 'row', style: 'font-weight:400' }, label), element('td', {}, withUnit(number(value, digits), unit)), element('td', {}, share));
  });
  const head = element('tr', {}, element('th', { scope: 'col' }, 'All numbers'), element('th', { scope: 'col' }, 'value'), element('th', { scope: 'col' }, '% of median'));
  box.replaceChildren(element('h2', {}, about.levels[level]), element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)));
}

// A sentence for those who listen.
function spoken(scene, about, arrays, level, part) {
  const { head } = stateText(about, scene.state);
  if (part && !part.startsWith('disc:')) return `${head}. ${nameOf(about, part)}: ${linesOf(scene, about, arrays, part).map((line) => line.join(' ')).join(', ')}.`;
  const parts = about.details.slice(0, 3).map(({ label, field, unit, digits }) => `${label} ${number(result(scene, about, level, field), digits)} ${unit}`);
  return `${head}. ${about.levels[level]}: ${parts.join(', ')}.`;
}
