// The picture: bones as they are, discs, muscles, ligaments and arrows from numbers that change.
//
// Nothing that is coloured by a number is drawn under something translucent: the pelvis is drawn first, for itself, and all else over it.

// Whether the card is a program: its antialiasing costs more than all else, and must be chosen before the first picture.
function graphicsCard() {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return null;
  const about = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(about ? about.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { name, slow: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name) };
}

const bytes = (colour) => colour.map((c) => c / 255);

function makeRenderer(canvas, card, about, arrays) {
  const gl = canvas.getContext('webgl2', { antialias: !card.slow, alpha: false, powerPreference: 'high-performance' });
  if (!gl) return null;
  const programs = {
    mesh: program(gl, MESH_VERTEX, MESH_FRAGMENT), tube: program(gl, TUBE_VERTEX, TUBE_FRAGMENT), rod: program(gl, ROD_VERTEX, ROD_FRAGMENT),
  };
  gl.enable(gl.DEPTH_TEST);
  gl.enable(gl.CULL_FACE);
  const bones = about.bones.map((bone) => { const mesh = meshOf(arrays, bone.name, bone); return { ...bone, ...mesh, ...stillMesh(gl, mesh) }; });
  const discs = movingDiscs(gl, about.discs, arrays);
  const tubes = movingTubes(gl, about.muscles, arrays, card.slow ? 6 : 10);
  const arrows = movingRods(gl, arrowShape(card.slow ? 10 : 16), 12);
  const strands = movingRods(gl, rodShape(card.slow ? 6 : 8), about.ligaments.strands);
  return { gl, programs, bones, discs, tubes, arrows, strands, model: new Float32Array(16) };
}

function attribute(gl, place, size, stride, offset, every = 0) {
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, size, gl.FLOAT, false, 4 * stride, 4 * offset);
  gl.vertexAttribDivisor(place, every);
}

function filled(gl, target, data, usage) {
  const made = gl.createBuffer();
  gl.bindBuffer(target, made);
  gl.bufferData(target, data, usage);
  return made;
}

function stillMesh(gl, { vertices, indices }) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  filled(gl, gl.ARRAY_BUFFER, vertices, gl.STATIC_DRAW);
  attribute(gl, 0, 3, 7, 0); attribute(gl, 1, 3, 7, 3); attribute(gl, 2, 1, 7, 6);
  filled(gl, gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
  return { array, count: indices.length };
}

function movingDiscs(gl, about, arrays) {
  const vertices = new Float32Array(6 * 6 * discVertices(about)), array = gl.createVertexArray();
  gl.bindVertexArray(array);
  const buffer = filled(gl, gl.ARRAY_BUFFER, vertices.byteLength, gl.DYNAMIC_DRAW);
  attribute(gl, 0, 3, 6, 0); attribute(gl, 1, 3, 6, 3);
  const indices = arrays['discs.triangles'];
  filled(gl, gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
  return { array, buffer, vertices, count: indices.length / 6 };
}

function floatTexture(gl, width, height) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
  for (const [name, value] of [['MIN_FILTER', 'NEAREST'], ['MAG_FILTER', 'NEAREST'], ['WRAP_S', 'CLAMP_TO_EDGE'], ['WRAP_T', 'CLAMP_TO_EDGE']]) {
    gl.texParameteri(gl.TEXTURE_2D, gl['TEXTURE_' + name], gl[value]);
  }
  return texture;
}

function movingTubes(gl, about, arrays, around) {
  const { count, stations: rings } = about, place = [], indices = [];
  for (let r = 0; r < rings; r++) for (let k = 0; k < around; k++) place.push(r, (2 * Math.PI * k) / around);
  for (let r = 0; r < rings - 1; r++) {
    for (let k = 0; k < around; k++) {
      const a = r * around + k, b = r * around + (k + 1) % around;
      indices.push(a, b, b + around, a, b + around, a + around);
    }
  }
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  filled(gl, gl.ARRAY_BUFFER, new Float32Array(place), gl.STATIC_DRAW);
  attribute(gl, 0, 2, 2, 0);
  filled(gl, gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(indices), gl.STATIC_DRAW);
  const instances = new Float32Array(7 * count), buffer = filled(gl, gl.ARRAY_BUFFER, instances.byteLength, gl.DYNAMIC_DRAW);
  attribute(gl, 1, 3, 7, 0, 1); attribute(gl, 2, 1, 7, 3, 1); attribute(gl, 3, 3, 7, 4, 1);
  const middle = new Float32Array(4 * count * rings), along = new Float32Array(4 * count * rings);
  // What goes on to parts that are not drawn tapers off.
  arrays['muscles.radius'].forEach((radius, i) => { middle[4 * i + 3] = radius * Math.sqrt(arrays['muscles.there'][i]); });
  arrays['muscles.tendon'].forEach((share, i) => { along[4 * i + 3] = share; });
  return {
    array, buffer, instances, middle, along, rings, rows: count, shown: 0, count: indices.length,
    middles: floatTexture(gl, rings, count), ways: floatTexture(gl, rings, count),
  };
}

// Rings [end, way beyond it, radius, slope of the normal along and outward] as vertices and triangles of a body of revolution.
function revolved(rings, around) {
  const vertices = [], indices = [];
  rings.forEach(([end, way, radius, along, outward], r) => {
    for (let k = 0; k < around; k++) {
      vertices.push(end, way, radius, (2 * Math.PI * k) / around, along, outward);
      if (r === rings.length - 1) continue;
      const a = r * around + k, b = r * around + (k + 1) % around;
      indices.push(a, b, b + around, a, b + around, a + around);
    }
  });
  return { vertices: new Float32Array(vertices), indices: new Uint16Array(indices) };
}

const HEAD = 2.6;  // of an arrow: radius in radii of the shaft; it is a third longer
const arrowShape = (around) => revolved([
  [0, 0, 0, -1, 0], [0, 0, 1, -1, 0], [0, 0, 1, 0, 1], [1, -1.3 * HEAD, 1, 0, 1], [1, -1.3 * HEAD, 1, -1, 0.2], [1, -1.3 * HEAD, HEAD, -1, 0.2],
  [1, -1.3 * HEAD, HEAD, 0.6, 0.8], [1, 0, 0, 0.6, 0.8],
], around);
const rodShape = (around) => revolved([[0, -0.7, 0, -1, 0], [0, 0, 1, 0, 1], [1, 0, 1, 0, 1], [1, 0.7, 0, 1, 0]], around);

function movingRods(gl, { vertices, indices }, most) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  filled(gl, gl.ARRAY_BUFFER, vertices, gl.STATIC_DRAW);
  attribute(gl, 0, 4, 6, 0); attribute(gl, 1, 2, 6, 4);
  filled(gl, gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
  const instances = new Float32Array(10 * most), buffer = filled(gl, gl.ARRAY_BUFFER, instances.byteLength, gl.DYNAMIC_DRAW);
  attribute(gl, 2, 3, 10, 0, 1); attribute(gl, 3, 3, 10, 3, 1); attribute(gl, 4, 1, 10, 6, 1); attribute(gl, 5, 3, 10, 7, 1);
  return { array, buffer, instances, shown: 0, count: indices.length, keys: [] };
}

// Bring what changed in a frame to the card.
function upload(r) {
  const { gl } = r;
  for (const [part, data] of [[r.discs, r.discs.vertices], [r.tubes, r.tubes.instances], [r.arrows, r.arrows.instances], [r.strands, r.strands.instances]]) {
    gl.bindBuffer(gl.ARRAY_BUFFER, part.buffer);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, data);
  }
  if (!r.tubes.shown) return;
  for (const [texture, data] of [[r.tubes.middles, r.tubes.middle], [r.tubes.ways, r.tubes.along]]) {
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, r.tubes.rings, r.tubes.rows, gl.RGBA, gl.FLOAT, data);
  }
}

// Draw: `scene` holds bodies, colours by part, the background and what is shown.
function draw(r, eye, scene) {
  const { gl } = r;
  gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
  gl.clearColor(...bytes(scene.background), 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  useMesh(r, eye);
  if (scene.pelvis) drawGhost(r, scene);
  for (const bone of r.bones) if (!bone.ghost) drawBone(r, scene, bone, scene.colours.bone);
  drawDiscs(r, scene);
  if (r.tubes.shown) drawTubes(r, eye, scene);
  if (r.strands.shown) drawRods(r, eye, r.strands, 1);
  if (r.arrows.shown) drawArrows(r, eye);
}

function useMesh(r, eye) {
  const { gl } = r, { made, at } = r.programs.mesh;
  gl.useProgram(made);
  gl.uniformMatrix4fv(at.camera, false, eye.matrix);
  gl.uniformMatrix4fv(at.look, false, eye.look);
  gl.uniform1f(at.alpha, 1);
}

function drawBone(r, scene, bone, colour) {
  const { gl } = r, { at } = r.programs.mesh;
  gl.uniformMatrix4fv(at.model, false, modelMatrix(scene.bodies, bone.body, r.model));
  gl.uniform3fv(at.colour, bytes(colour));
  gl.bindVertexArray(bone.array);
  gl.drawElements(gl.TRIANGLES, bone.count, gl.UNSIGNED_SHORT, 0);
}

// See-through, but only its outermost surface: its depth first, then its colour, then its depth is forgotten.
function drawGhost(r, scene) {
  const { gl } = r, ghosts = r.bones.filter((bone) => bone.ghost);
  gl.colorMask(false, false, false, false);
  for (const bone of ghosts) drawBone(r, scene, bone, scene.colours.pelvis);
  gl.colorMask(true, true, true, true);
  gl.depthFunc(gl.EQUAL);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  gl.uniform1f(r.programs.mesh.at.alpha, 0.42);
  for (const bone of ghosts) drawBone(r, scene, bone, scene.colours.pelvis);
  gl.uniform1f(r.programs.mesh.at.alpha, 1);
  gl.disable(gl.BLEND);
  gl.depthFunc(gl.LESS);
  gl.clear(gl.DEPTH_BUFFER_BIT);
}

function drawDiscs(r, scene) {
  const { gl, discs } = r, { at } = r.programs.mesh;
  gl.uniformMatrix4fv(at.model, false, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  gl.bindVertexArray(discs.array);
  gl.vertexAttrib1f(2, 1);
  for (let j = 0; j < 6; j++) {
    gl.uniform3fv(at.colour, bytes(scene.colours.discs[j]));
    gl.drawElements(gl.TRIANGLES, discs.count, gl.UNSIGNED_SHORT, 2 * j * discs.count);
  }
}

function drawTubes(r, eye, scene) {
  const { gl, tubes } = r, { made, at } = r.programs.tube;
  gl.useProgram(made);
  gl.uniformMatrix4fv(at.camera, false, eye.matrix);
  gl.uniformMatrix4fv(at.look, false, eye.look);
  gl.uniform3fv(at.tendon, bytes(scene.colours.tendon));
  [[tubes.middles, at.middles], [tubes.ways, at.ways]].forEach(([texture, place], unitOf) => {
    gl.activeTexture(gl.TEXTURE0 + unitOf);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform1i(place, unitOf);
  });
  gl.bindVertexArray(tubes.array);
  gl.drawElementsInstanced(gl.TRIANGLES, tubes.count, gl.UNSIGNED_SHORT, 0, tubes.shown);
}

function drawRods(r, eye, rods, alpha) {
  const { gl } = r, { made, at } = r.programs.rod;
  gl.useProgram(made);
  gl.uniformMatrix4fv(at.camera, false, eye.matrix);
  gl.uniformMatrix4fv(at.look, false, eye.look);
  gl.uniform1f(at.alpha, alpha);
  gl.bindVertexArray(rods.array);
  gl.drawElementsInstanced(gl.TRIANGLES, rods.count, gl.UNSIGNED_SHORT, 0, rods.shown);
}

// Forces behind bone shine through faintly, those in front stand as they are.
function drawArrows(r, eye) {
  const { gl } = r;
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  gl.depthFunc(gl.GREATER);
  gl.depthMask(false);
  drawRods(r, eye, r.arrows, 0.55);
  gl.depthMask(true);
  gl.depthFunc(gl.LESS);
  gl.disable(gl.BLEND);
  drawRods(r, eye, r.arrows, 1);
}
