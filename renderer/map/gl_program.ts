// A WebGL2 program and its uniforms, typed by name.

function compile(gl: WebGL2RenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new Error('The graphics context makes no shader.');
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's shader does not compile: ${gl.getShaderInfoLog(shader) ?? 'no reason given'}`);
  }
  return shader;
}

export class GlProgram {
  readonly #gl: WebGL2RenderingContext;
  readonly program: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  /** Throws where the shaders do not compile or link; a lost context does neither and throws nothing. */
  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl;
    const program = gl.createProgram();
    gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertex));
    gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragment));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(program) ?? 'no reason given'}`);
    }
    this.program = program;
  }

  /** null where the compiler dropped the uniform; setting null does nothing. */
  at(name: string): WebGLUniformLocation | null {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#gl.getUniformLocation(this.program, name);
      this.#places.set(name, place);
    }
    return place;
  }

  ints(name: string, ...v: number[]): void {
    const gl = this.#gl;
    if (v.length === 1) gl.uniform1iv(this.at(name), v);
    else if (v.length === 2) gl.uniform2iv(this.at(name), v);
    else gl.uniform4iv(this.at(name), v);
  }

  floats(name: string, ...v: number[]): void {
    const gl = this.#gl;
    if (v.length === 1) gl.uniform1fv(this.at(name), v);
    else if (v.length === 2) gl.uniform2fv(this.at(name), v);
    else if (v.length === 3) gl.uniform3fv(this.at(name), v);
    else gl.uniform4fv(this.at(name), v);
  }
}
