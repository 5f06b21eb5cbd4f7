// Numbers as they are read: the one place where results become text, for table, labels and spoken words alike.

function number(value, digits) {
  if (!Number.isFinite(value)) return '\u2013';
  const [whole, part] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (part ? '.' + part : '');
  return (value < 0 && /[1-9]/.test(grouped) ? '\u2212' : '') + grouped;
}

const byId = (id) => document.getElementById(id);
// Degrees stand at their number, other units apart from it.
const withUnit = (text, unit) => text + (unit === '\u00b0' ? '' : ' ') + unit;
const percent = (share) => (Number.isFinite(share) ? number(100 * share, 0) + ' %' : '\u2013');

function element(name, attributes = {}, ...children) {
  const drawn = ['svg', 'path', 'g', 'circle', 'line', 'text', 'rect'].includes(name);
  const made = drawn ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
