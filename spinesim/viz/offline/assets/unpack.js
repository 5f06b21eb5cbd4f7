// From the text in the page to typed arrays.

async function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

const ARRAY_TYPES = { Float32Array, Int32Array, Int16Array, Uint16Array, Int8Array, Uint8Array };

function arraysOf(buffer, table) {
  const found = {};
  for (const [name, entry] of Object.entries(table)) {
    found[name] = entry.rows ? rowsOf(buffer, entry) : new ARRAY_TYPES[entry.type](buffer, entry.offset, entry.length);
  }
  return found;
}

// Rows were stored column by column, and byte by byte of the numbers.
function rowsOf(buffer, { type, offset, length, rows }) {
  const size = ARRAY_TYPES[type].BYTES_PER_ELEMENT, columns = length / rows, stored = new Uint8Array(buffer, offset, length * size);
  const bytes = new Uint8Array(length * size);
  for (let b = 0, from = 0; b < size; b++) {
    for (let column = 0; column < columns; column++) {
      for (let row = 0, to = size * column + b; row < rows; row++, to += size * columns) bytes[to] = stored[from++];
    }
  }
  return new ARRAY_TYPES[type](bytes.buffer);
}

// Indices were stored as differences that wrap at 16 bits.
function indicesOf(differences) {
  const indices = new Uint16Array(differences.length);
  let last = 0;
  for (let i = 0; i < indices.length; i++) indices[i] = last = (last + differences[i]) & 0xffff;
  return indices;
}

// Positions (metres), unit normals and occlusion of a mesh, seven numbers a vertex.
function meshOf(arrays, name, about) {
  const points = arrays[name + '.points'], folded = arrays[name + '.normals'], shade = arrays[name + '.occlusion'];
  const n = about.vertices, vertices = new Float32Array(7 * n);
  for (let v = 0; v < n; v++) {
    for (let i = 0; i < 3; i++) vertices[7 * v + i] = about.low[i] + about.step[i] * points[i * n + v];
    let x = folded[v] / 127, y = folded[n + v] / 127;
    const z = 1 - Math.abs(x) - Math.abs(y);
    if (z < 0) [x, y] = [(1 - Math.abs(y)) * (x < 0 ? -1 : 1), (1 - Math.abs(x)) * (y < 0 ? -1 : 1)];
    const length = Math.hypot(x, y, z);
    vertices.set([x / length, y / length, z / length, shade[v] / 255], 7 * v + 3);
  }
  return { vertices, indices: indicesOf(arrays[name + '.triangles']) };
}
