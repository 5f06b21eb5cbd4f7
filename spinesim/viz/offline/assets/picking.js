// Which disc is under the pointer, and what is told about it.

// Level (cranial to caudal) of the nearest disc whose box on screen holds a pixel; -1 if there is none.
function levelAt({ about, scene, renderer }, x, y) {
  if (!scene.seen || x < 0) return -1;
  let found = -1, nearestDepth = Infinity;
  about.levels.forEach((_, level) => {
    const box = screenBox(scene.seen, about.discs, renderer.discs.vertices, 5 - level);
    const inside = x > box.left - 4 && x < box.right + 4 && y > box.top - 4 && y < box.bottom + 4;
    if (inside && box.depth < nearestDepth) { found = level; nearestDepth = box.depth; }
  });
  return found;
}

function screenBox({ eye, width, height }, about, vertices, joint) {
  const start = 6 * joint * discVertices(about), box = { left: 1e9, right: -1e9, top: 1e9, bottom: -1e9, depth: Infinity };
  for (let k = 0; k < about.around * about.rows; k += 4) {
    const p = project(eye.matrix, vertices, start + 6 * k, width, height);
    box.left = Math.min(box.left, p.x);
    box.right = Math.max(box.right, p.x);
    box.top = Math.min(box.top, p.y);
    box.bottom = Math.max(box.bottom, p.y);
    box.depth = Math.min(box.depth, p.depth);
  }
  return box;
}

function choose(app, level) { app.state.level = level; ask(app); }

function hover(app, level) { if (app.state.hover !== level) { app.state.hover = level; ask(app); } }

function hoverAt(app, x, y) {
  const level = levelAt(app, x, y), tip = byId('tip'), view = byId('view'), { about, scene } = app;
  hover(app, level);
  tip.hidden = level < 0;
  if (level < 0) return;
  const lines = about.details.slice(0, 8).map(({ label, field, unit, digits }) => `${label}: ${withUnit(number(result(scene, about, level, field), digits), unit)}`);
  tip.textContent = [about.levels[level], ...lines].join('\n');
  const left = Math.max(4, Math.min(x + 16, view.clientWidth - tip.offsetWidth - 4)), top = Math.max(4, Math.min(y + 16, view.clientHeight - tip.offsetHeight - 4));
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function pickAt(app, x, y) {
  const level = levelAt(app, x, y);
  if (level < 0) return;
  choose(app, level);
  hoverAt(app, x, y);
}
