// A mask rule in textures: ranks go up once a head, counts once a budget and only while the picture is coarse enough to need them.

import { LIST_WIDTH } from './map_shader.ts';
import { keptBelow, type MaskRule } from './mask_rule.ts';

export class MaskTextures {
  readonly #gl: WebGL2RenderingContext;
  readonly ranks: WebGLTexture;
  readonly counts: WebGLTexture;
  readonly blocks: WebGLTexture;
  #ranksOf: Int32Array | null = null;
  #blocksOf: Int32Array | null = null;
  #countsOf: MaskRule | null = null;
  #counts = new Uint32Array(0);
  readonly mostSide: number;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    this.mostSide = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    const make = () => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
      return texture;
    };
    this.ranks = make();
    this.counts = make();
    this.blocks = make();
    gl.bindTexture(gl.TEXTURE_2D, this.ranks);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32I, 1, 1, 0, gl.RG_INTEGER, gl.INT, new Int32Array(2));
    gl.bindTexture(gl.TEXTURE_2D, this.blocks);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, 1, 1, 0, gl.RED_INTEGER, gl.INT, new Int32Array(1));
    gl.bindTexture(gl.TEXTURE_2D, this.counts);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32UI, 1, 1, 0, gl.RG_INTEGER, gl.UNSIGNED_INT, new Uint32Array(2));
  }

  /** What does not fit a texture cannot be drawn. */
  fits(rule: MaskRule): boolean {
    return rule.kind !== 'blocks' || rule.side <= this.mostSide;
  }

  /** Leaves texture unit `unit` bound to something. `coarse`: shares of pixels will be asked. */
  prepare(rule: MaskRule, tokens: number, coarse: boolean, unit: number): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    if (rule.kind === 'diagonals' && rule.columnRanks && rule.distanceRanks) {
      if (this.#ranksOf !== rule.columnRanks) {
        const height = Math.ceil(tokens / LIST_WIDTH);
        const pairs = new Int32Array(2 * LIST_WIDTH * height);
        for (let at = 0; at < tokens; at += 1) {
          pairs[2 * at] = rule.columnRanks[at] ?? 0;
          pairs[2 * at + 1] = rule.distanceRanks[at] ?? 0;
        }
        gl.bindTexture(gl.TEXTURE_2D, this.ranks);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32I, LIST_WIDTH, height, 0, gl.RG_INTEGER, gl.INT, pairs);
        this.#ranksOf = rule.columnRanks;
      }
      if (coarse && !sameRule(this.#countsOf, rule)) {
        const height = Math.ceil((tokens + 1) / LIST_WIDTH);
        const size = 2 * LIST_WIDTH * height;
        if (this.#counts.length !== size) this.#counts = new Uint32Array(size);
        gl.bindTexture(gl.TEXTURE_2D, this.counts);
        gl.texImage2D(
          gl.TEXTURE_2D,
          0,
          gl.RG32UI,
          LIST_WIDTH,
          height,
          0,
          gl.RG_INTEGER,
          gl.UNSIGNED_INT,
          keptBelow(rule, tokens, this.#counts),
        );
        this.#countsOf = rule;
      }
    }
    if (rule.kind === 'blocks' && this.#blocksOf !== rule.ranks && this.fits(rule)) {
      gl.bindTexture(gl.TEXTURE_2D, this.blocks);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, rule.side, rule.side, 0, gl.RED_INTEGER, gl.INT, rule.ranks);
      this.#blocksOf = rule.ranks;
    }
  }
}

function sameRule(a: MaskRule | null, b: Extract<MaskRule, { kind: 'diagonals' }>): boolean {
  return a?.kind === 'diagonals' && a.columns === b.columns && a.distances === b.distances && a.columnRanks === b.columnRanks;
}
