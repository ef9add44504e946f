// A mask rule in textures: two strips a picture for columns and distances, sent when the view or the budget moves; ranks of blocks once
// a head, for any budget.
import type { KeptCounts } from './kept_counts.ts';
import { type Diagonals, type MaskRule, sameDiagonals } from './mask_rule.ts';
import { firstTokens, type Strips, type StripView, shareStrips, tokenStrips } from './mask_strips.ts';

/** Rows of the strips' texture: of the picture, then of its mirrored half. */
const STRIP_ROWS = 4;

interface Sent {
  rule: Diagonals;
  view: StripView;
  exact: boolean;
  hairline: number;
}

export class MaskTextures {
  readonly #gl: WebGL2RenderingContext;
  readonly strips: WebGLTexture;
  readonly blocks: WebGLTexture;
  readonly #kept: KeptCounts;
  readonly #most: number;
  readonly #sent: [Sent | null, Sent | null] = [null, null];
  #blocksOf: Int32Array | null = null;
  #width = 0;
  #numbers = new Float32Array(0);

  /** `kept`: the counts that others ask for too. */
  constructor(gl: WebGL2RenderingContext, kept: KeptCounts) {
    this.#gl = gl;
    this.#kept = kept;
    this.#most = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    const make = () => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
      return texture;
    };
    this.strips = make();
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, 1, 1, 0, gl.RG, gl.FLOAT, new Float32Array(2));
    this.blocks = make();
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, 1, 1, 0, gl.RED_INTEGER, gl.INT, new Int32Array(1));
  }

  /** What does not fit a texture cannot be drawn. */
  fits(rule: MaskRule): boolean {
    return rule.kind !== 'blocks' || rule.side <= this.#most;
  }

  /** Strips of the picture (half 0) or of its mirrored half (1), through texture unit `unit`. `exact`: tokens are larger than pixels.
   * Returns the tokens of the first entries. */
  prepareStrips(
    rule: Diagonals,
    tokens: number,
    view: StripView,
    exact: boolean,
    hairline: number,
    half: 0 | 1,
    unit: number,
  ): { column: number; distance: number } {
    const gl = this.#gl;
    const width = 2 * view.pixels + 16;
    if (this.#width !== width) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.strips);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, width, STRIP_ROWS, 0, gl.RG, gl.FLOAT, null);
      this.#width = width;
      this.#numbers = new Float32Array(2 * 2 * width);
      this.#sent.fill(null);
    }
    const sent = this.#sent[half];
    if (!sent || sent.exact !== exact || sent.hairline !== hairline || !sameView(sent.view, view) || !sameDiagonals(sent.rule, rule)) {
      const into: Strips = { columns: this.#numbers.subarray(0, 2 * width), distances: this.#numbers.subarray(2 * width) };
      if (exact) tokenStrips(rule, tokens, view, into);
      else shareStrips(this.#kept.of(rule, tokens), tokens, view, hairline, into);
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.strips);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 2 * half, width, 2, gl.RG, gl.FLOAT, this.#numbers);
      this.#sent[half] = { rule, view, exact, hairline };
    }
    return firstTokens(view);
  }

  prepareBlocks(rule: Extract<MaskRule, { kind: 'blocks' }>, unit: number): void {
    if (this.#blocksOf === rule.ranks || !this.fits(rule)) return;
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.blocks);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32I, rule.side, rule.side, 0, gl.RED_INTEGER, gl.INT, rule.ranks);
    this.#blocksOf = rule.ranks;
  }
}

const sameView = (a: StripView, b: StripView): boolean =>
  a.keyStart === b.keyStart && a.queryStart === b.queryStart && a.tokensPerPixel === b.tokensPerPixel && a.pixels === b.pixels;
