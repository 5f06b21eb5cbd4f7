// Programs of the graphics card. Light rides with the camera: key from up left, fill from the right, sky times baked occlusion.

const LIGHT = `
  vec3 lit(vec3 colour, vec3 normal, float open) {
    vec3 n = normalize(normal);
    float key = max(dot(n, normalize(vec3(-0.45, 0.65, 0.65))), 0.0), fill = max(dot(n, normalize(vec3(0.8, 0.05, 0.45))), 0.0);
    float sky = 0.5 + 0.5 * n.y, rim = pow(1.0 - max(n.z, 0.0), 3.0);
    float shine = pow(max(dot(n, normalize(vec3(-0.22, 0.36, 0.9))), 0.0), 32.0);
    float shade = 0.44 + 0.16 * sky + 0.44 * key + 0.16 * fill;
    return colour * shade * mix(0.5, 1.0, open) + 0.08 * shine * open + 0.06 * rim * colour;
  }`;

const MESH_VERTEX = `#version 300 es
  layout(location = 0) in vec3 position; layout(location = 1) in vec3 normal; layout(location = 2) in float open;
  uniform mat4 model, look, camera; out vec3 n; out float o;
  void main() {
    n = mat3(look) * mat3(model) * normal; o = open;
    gl_Position = camera * (model * vec4(position, 1.0));
  }`;

const MESH_FRAGMENT = `#version 300 es
  precision mediump float;
  uniform vec3 colour; uniform float alpha; in vec3 n; in float o; out vec4 seen;
  ${LIGHT}
  void main() { seen = vec4(lit(colour, n, o), alpha); }`;

// Muscles: one tube, drawn once for every fascicle; where its rings are stands in two textures of a row each. The fourth numbers are the radius
// and the share of tendon.
const TUBE_VERTEX = `#version 300 es
  precision highp float; precision highp sampler2D;
  layout(location = 0) in vec2 place; layout(location = 1) in vec3 reference; layout(location = 2) in float row; layout(location = 3) in vec3 tint;
  uniform sampler2D middles, ways; uniform mat4 look, camera; uniform vec3 tendon; out vec3 n; out vec3 c;
  void main() {
    ivec2 at = ivec2(int(place.x), int(row));
    vec4 middle = texelFetch(middles, at, 0), way = texelFetch(ways, at, 0);
    vec3 along = normalize(way.xyz), first = normalize(reference - dot(reference, along) * along), second = cross(along, first);
    vec3 outward = cos(place.y) * first + sin(place.y) * second;
    n = mat3(look) * outward; c = mix(tint, tendon, way.w);
    gl_Position = camera * vec4(middle.xyz + middle.w * outward, 1.0);
  }`;

const TUBE_FRAGMENT = `#version 300 es
  precision mediump float;
  in vec3 n; in vec3 c; out vec4 seen;
  ${LIGHT}
  void main() { seen = vec4(lit(c, n, 1.0), 1.0); }`;

// Bodies of revolution between two points: arrows and ligament strands. shape: end (0 or 1), way beyond it and radius in radii; slope of the normal.
const ROD_VERTEX = `#version 300 es
  layout(location = 0) in vec4 shape; layout(location = 1) in vec2 slope;
  layout(location = 2) in vec3 tail; layout(location = 3) in vec3 tip; layout(location = 4) in float radius; layout(location = 5) in vec3 tint;
  uniform mat4 look, camera; out vec3 n; out vec3 c;
  void main() {
    vec3 along = normalize(tip - tail + vec3(0.0, 1e-7, 0.0));
    vec3 side = abs(along.y) < 0.9 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0);
    vec3 first = normalize(cross(side, along)), second = cross(along, first);
    vec3 outward = cos(shape.w) * first + sin(shape.w) * second;
    n = mat3(look) * (slope.x * along + slope.y * outward); c = tint;
    gl_Position = camera * vec4(mix(tail, tip, shape.x) + radius * (shape.y * along + shape.z * outward), 1.0);
  }`;

const ROD_FRAGMENT = `#version 300 es
  precision mediump float;
  uniform float alpha; in vec3 n; in vec3 c; out vec4 seen;
  ${LIGHT}
  void main() { seen = vec4(lit(c, n, 1.0), alpha); }`;

function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error('shader: ' + gl.getProgramInfoLog(made));
  const uniforms = {};
  for (let i = 0; i < gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS); i++) {
    const { name } = gl.getActiveUniform(made, i);
    uniforms[name] = gl.getUniformLocation(made, name);
  }
  return { made, at: uniforms };
}
