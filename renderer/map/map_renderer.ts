// Draws a scene into one WebGL2 canvas: a quad a tile, straight to what is on screen.
import type { MaskMode } from '../state/preferences.ts';
import type { TokenRect } from '../tiles/pyramid.ts';
import type { Aggregate, Tile } from '../tiles/tile.ts';
import { type ColourMap, colourTable, PLATE, type Rgb, TABLE_STEPS, type ThemeName, VOID } from '../ui/colour_maps.ts';
import { GlProgram } from './gl_program.ts';
import type { KeptCounts } from './kept_counts.ts';
import { EXACT_MASK_PIXELS, fragmentShader, SHADER_MASKS, SHADER_MODES, type ShaderVariant, VERTEX_SHADER } from './map_shader.ts';
import type { MaskRule } from './mask_rule.ts';
import { MaskTextures } from './mask_textures.ts';
import { TileTextures } from './tile_textures.ts';

export interface Octaves {
  low: number;
  high: number;
}

/** A piece of the picture: the tokens it covers, and the tile whose cells are drawn there (its own, or one above it). */
export interface Piece {
  rect: TokenRect;
  tile: Tile | null;
  /** What the mask drops, where the engine has counted it; null: the tile's cells times the share that is not kept. */
  lost: Tile | null;
  /** Drawn above the diagonal, queries to the right. */
  mirrored: boolean;
}

export interface Scene {
  /** Device pixels. */
  width: number;
  height: number;
  view: TokenRect;
  tokens: number;
  pieces: readonly Piece[];
  aggregate: Aggregate;
  limits: Octaves;
  lostLimits: Octaves;
  mode: MaskMode;
  rule: MaskRule;
  theme: ThemeName;
  /** Device pixels a CSS pixel. */
  pixelRatio: number;
  /** Of the attention. */
  ramp: ColourMap;
  /** The mask is a preview: its outline is dashed. */
  dashed: boolean;
  /** Tokens along a side of the cells that are meant to be drawn; sums of coarser tiles are spread over it. */
  cellTokens: number;
}

interface Lines {
  line: Rgb;
  casing: readonly [number, number, number, number];
  hatch: Rgb;
  diagonal: Rgb;
  hairline: number;
}

const LINES: Readonly<Record<ThemeName, Lines>> = {
  light: { line: [8, 145, 168], casing: [255, 255, 255, 0.85], hatch: [200, 205, 212], diagonal: [200, 205, 212], hairline: 0.5 },
  dark: { line: [70, 201, 221], casing: [12, 14, 16, 0.75], hatch: [58, 64, 73], diagonal: [58, 64, 73], hairline: 0.7 },
};

/** Tiles sent to the graphics memory in one frame; the rest follow in the next ones. */
const UPLOADS_A_FRAME = 4;
const UNITS = { tile: 0, lost: 1, ramps: 2, strips: 3, blocks: 4, spare: 5 } as const;

const unit = ([r, g, b]: Rgb): [number, number, number] => [r / 255, g / 255, b / 255];

export class MapRenderer {
  readonly canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #kept: KeptCounts;
  /** By variant; made when first drawn. */
  readonly #programs = new Map<string, GlProgram>();
  #tiles: TileTextures;
  #mask: MaskTextures;
  #ramps: WebGLTexture;
  #rampsOf = '';
  #blank: WebGLTexture;
  #uploadsBefore = 0;

  /** Throws where WebGL2 is not to be had. `kept`: counts of the mask that is drawn. */
  constructor(canvas: HTMLCanvasElement, kept: KeptCounts) {
    const gl = canvas.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      powerPreference: 'high-performance',
    });
    if (!gl) throw new Error('This browser or its graphics driver offers no WebGL2.');
    this.canvas = canvas;
    this.#gl = gl;
    this.#kept = kept;
    ({ tiles: this.#tiles, mask: this.#mask, ramps: this.#ramps, blank: this.#blank } = resources(gl, kept));
  }

  /** After the browser gave the context back: everything in it is gone. */
  restore(): void {
    this.#uploadsBefore += this.#tiles.uploads;
    this.#programs.clear();
    ({ tiles: this.#tiles, mask: this.#mask, ramps: this.#ramps, blank: this.#blank } = resources(this.#gl, this.#kept));
    this.#rampsOf = '';
  }

  get lost(): boolean {
    return this.#gl.isContextLost();
  }
  get uploads(): number {
    return this.#uploadsBefore + this.#tiles.uploads;
  }
  get textureBytes(): number {
    return this.#tiles.bytes;
  }

  /** False where tiles are left to be uploaded: draw again. */
  draw(scene: Scene, { all = false } = {}): boolean {
    const gl = this.#gl;
    if (gl.isContextLost()) return true;
    const { canvas } = this;
    if (canvas.width !== scene.width) canvas.width = scene.width;
    if (canvas.height !== scene.height) canvas.height = scene.height;
    const [r, g, b] = unit(VOID[scene.theme]);
    gl.viewport(0, 0, scene.width, scene.height);
    gl.clearColor(r, g, b, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (scene.width === 0 || scene.height === 0 || scene.tokens === 0) return true;
    const { view } = scene;
    const perPixel = [(view.k1 - view.k0) / scene.width, (view.q1 - view.q0) / scene.height] as const;
    const { rule } = scene;
    const exact = 1 / Math.max(...perPixel) >= EXACT_MASK_PIXELS;
    if (rule.kind === 'blocks') this.#mask.prepareBlocks(rule, UNITS.spare);
    const kind = this.#mask.fits(rule) ? rule.kind : 'unknown';
    let left = all ? Number.POSITIVE_INFINITY : UPLOADS_A_FRAME;
    let complete = true;
    const texture = (tile: Tile | null): WebGLTexture | null => {
      if (!tile) return null;
      const there = this.#tiles.get(tile);
      if (there) return there;
      if (left <= 0) {
        complete = false;
        return null;
      }
      left -= 1;
      return this.#tiles.upload(tile, UNITS.spare);
    };
    for (const mirrored of [false, true]) {
      const pieces = scene.pieces.filter((piece) => piece.mirrored === mirrored);
      if (pieces.length === 0) continue;
      const program = this.#programFor({
        mode: mirrored ? SHADER_MODES.mirrored : SHADER_MODES[scene.mode],
        mask: SHADER_MASKS[kind],
        exact,
      });
      this.#bindCommon(program, scene, perPixel);
      this.#bindMask(program, scene, perPixel[0], exact, mirrored);
      for (const piece of pieces) this.#drawPiece(program, scene, piece, perPixel, texture(piece.tile), texture(piece.lost));
    }
    return complete;
  }

  /** Makes the programs of a head without a mask and of a vertical-slash one, whole and outlined: what is looked at first. */
  prepare(): void {
    for (const mask of [SHADER_MASKS.unknown, SHADER_MASKS.diagonals]) this.#programFor({ mode: SHADER_MODES.outline, mask, exact: false });
  }

  #programFor(variant: ShaderVariant): GlProgram {
    const plain = variant.mode === SHADER_MODES.off || (variant.mode === SHADER_MODES.outline && variant.mask === SHADER_MASKS.unknown);
    const key = plain ? 'plain' : `${variant.mode} ${variant.mask} ${variant.exact}`;
    let program = this.#programs.get(key);
    if (!program) {
      program = new GlProgram(this.#gl, VERTEX_SHADER, fragmentShader(variant));
      this.#programs.set(key, program);
    }
    return program;
  }

  #bindCommon(program: GlProgram, scene: Scene, perPixel: readonly [number, number]): void {
    const gl = this.#gl;
    const { theme } = scene;
    // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's own name, no hook
    gl.useProgram(program.program);
    this.#bindRamps(theme, scene.ramp);
    program.ints('u_tile', UNITS.tile);
    program.ints('u_lost', UNITS.lost);
    program.ints('u_ramps', UNITS.ramps);
    program.floats('u_size', scene.width, scene.height);
    program.floats('u_tokensPerPixel', perPixel[0], perPixel[1]);
    program.ints('u_tokens', scene.tokens);
    program.ints('u_plane', scene.aggregate === 'max' ? 0 : 1);
    program.floats('u_limits', scene.limits.low, scene.limits.high);
    program.floats('u_lostLimits', scene.lostLimits.low, scene.lostLimits.high);
    const { line, casing, hatch, diagonal } = LINES[theme];
    program.floats('u_void', ...unit(VOID[theme]));
    program.floats('u_plate', ...unit(PLATE[theme]));
    program.floats('u_hatch', ...unit(hatch));
    program.floats('u_line', ...unit(line));
    program.floats('u_diagonal', ...unit(diagonal), scene.pixelRatio * 0.75 + 0.5);
    program.floats('u_casing', casing[0] / 255, casing[1] / 255, casing[2] / 255, casing[3]);
    program.ints('u_dashed', scene.dashed ? 1 : 0);
  }

  #bindMask(program: GlProgram, scene: Scene, tokensPerPixel: number, exact: boolean, mirrored: boolean): void {
    const gl = this.#gl;
    const { rule, view, theme, width } = scene;
    program.ints('u_strips', UNITS.strips);
    program.ints('u_blocks', UNITS.blocks);
    gl.activeTexture(gl.TEXTURE0 + UNITS.strips);
    gl.bindTexture(gl.TEXTURE_2D, this.#mask.strips);
    gl.activeTexture(gl.TEXTURE0 + UNITS.blocks);
    gl.bindTexture(gl.TEXTURE_2D, this.#mask.blocks);
    if (rule.kind === 'diagonals') {
      const [keyStart, queryStart] = mirrored ? [view.q0, view.k0] : [view.k0, view.q0];
      const strips = { keyStart, queryStart, tokensPerPixel, pixels: width };
      const { hairline } = LINES[theme];
      const opacity = tokensPerPixel > 1 ? Math.max(0.4, hairline * 0.8) : hairline;
      const first = this.#mask.prepareStrips(rule, scene.tokens, strips, exact, opacity, mirrored ? 1 : 0, UNITS.spare);
      program.ints('u_stripFirst', first.column, first.distance);
    } else if (rule.kind === 'blocks') {
      program.ints('u_budget', rule.blocks);
      program.ints('u_blockSize', rule.blockSize);
      program.ints('u_blockSamples', Math.min(4, Math.max(1, Math.ceil(tokensPerPixel / rule.blockSize))));
    }
  }

  #bindRamps(theme: ThemeName, ramp: ColourMap): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + UNITS.ramps);
    gl.bindTexture(gl.TEXTURE_2D, this.#ramps);
    const wanted = `${theme} ${ramp}`;
    if (this.#rampsOf === wanted) return;
    const tables = [colourTable(ramp, theme), colourTable('attentionGrey', theme), colourTable('missed', theme)];
    const pixels = new Uint8Array(4 * TABLE_STEPS * tables.length);
    for (const [row, table] of tables.entries()) pixels.set(table, 4 * TABLE_STEPS * row);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, TABLE_STEPS, tables.length, 0, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    this.#rampsOf = wanted;
  }

  #drawPiece(
    program: GlProgram,
    scene: Scene,
    piece: Piece,
    perPixel: readonly [number, number],
    tile: WebGLTexture | null,
    lost: WebGLTexture | null,
  ): void {
    const gl = this.#gl;
    const { view } = scene;
    const { rect, mirrored } = piece;
    // Above the diagonal a query lies where a key of the same number would: both axes run over tokens.
    const [x0, x1, y0, y1] = mirrored ? [rect.q0, rect.q1, rect.k0, rect.k1] : [rect.k0, rect.k1, rect.q0, rect.q1];
    const left = (x0 - view.k0) / perPixel[0];
    const top = (y0 - view.q0) / perPixel[1];
    const right = (x1 - view.k0) / perPixel[0];
    const bottom = (y1 - view.q0) / perPixel[1];
    const quad = [Math.max(0, left), Math.max(0, top), Math.min(scene.width, right), Math.min(scene.height, bottom)] as const;
    if (quad[0] >= quad[2] || quad[1] >= quad[3]) return;
    // The corner nearest the picture becomes the base, so that a piece much larger than the screen keeps its fractions.
    const baseX = Math.max(x0, Math.floor(view.k0));
    const baseY = Math.max(y0, Math.floor(view.q0));
    program.floats('u_quad', ...quad);
    program.floats('u_anchor', (baseX - view.k0) / perPixel[0], (baseY - view.q0) / perPixel[1]);
    program.ints('u_base', ...(mirrored ? [baseY, baseX] : [baseX, baseY]));
    program.ints('u_mirror', mirrored ? 1 : 0);
    this.#bindTile(program, 'tile', piece.tile, tile, scene);
    this.#bindTile(program, 'lost', piece.lost, lost, scene);
    program.ints('u_hasTile', tile ? 1 : 0);
    program.ints('u_hasLost', lost ? 1 : 0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  #bindTile(program: GlProgram, name: 'tile' | 'lost', tile: Tile | null, texture: WebGLTexture | null, scene: Scene): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + UNITS[name]);
    gl.bindTexture(gl.TEXTURE_2D, texture ?? this.#blank);
    if (!tile || !texture) return;
    const [q0, q1, k0, k1] = tile.rect;
    // Missed mass is a sum whatever the attention shows.
    const plane = name === 'lost' ? 'sum' : scene.aggregate;
    const { low, high } = tile.scale[plane];
    const shift = sumShift(tile, scene.cellTokens);
    const spread = plane === 'sum' ? shift : 0;
    program.ints(`u_${name}Rect`, k0, q0, k1 - k0, q1 - q0);
    program.ints(`u_${name}Cells`, tile.columns, tile.rows);
    program.ints(`u_${name}Shift`, cellShift(tile));
    program.floats(`u_${name}Scale`, low + spread, high + spread);
    if (name === 'tile') program.floats('u_tileSumScale', tile.scale.sum.low + shift, tile.scale.sum.high + shift);
  }
}

/** Octaves by which a tile's sums change when its mass is spread over cells of `cellTokens` x `cellTokens` tokens. */
export function sumShift(tile: Tile, cellTokens: number): number {
  const [q0, q1, k0, k1] = tile.rect;
  const area = ((q1 - q0) / tile.rows) * ((k1 - k0) / tile.columns);
  return Math.log2((cellTokens * cellTokens) / area);
}

/** Tokens a cell as a power of two where they are one, both ways and throughout; else -1. */
function cellShift({ rect: [q0, q1, k0, k1], rows, columns }: Tile): number {
  const shift = Math.log2((q1 - q0) / rows);
  return Number.isInteger(shift) && (k1 - k0) / columns === 2 ** shift ? shift : -1;
}

function resources(gl: WebGL2RenderingContext, kept: KeptCounts) {
  const texture = () => {
    const made = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, made);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    return made;
  };
  const blank = texture();
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8UI, 1, 1, 0, gl.RG_INTEGER, gl.UNSIGNED_BYTE, new Uint8Array(4));
  return {
    tiles: new TileTextures(gl),
    mask: new MaskTextures(gl, kept),
    ramps: texture(),
    blank,
  };
}
