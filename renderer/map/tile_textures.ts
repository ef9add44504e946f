// Tiles in the graphics memory: a two-channel texture each, the least recently drawn ones dropped.
import { ByteLru } from '../tiles/byte_lru.ts';
import type { Tile } from '../tiles/tile.ts';

export const GPU_TILE_BYTES = 128 << 20;

export class TileTextures {
  readonly #gl: WebGL2RenderingContext;
  readonly #kept: ByteLru<WebGLTexture>;
  /** A tile is its own key: a new one for the same place is another object. */
  readonly #names = new WeakMap<Tile, string>();
  #next = 1;
  uploads = 0;

  constructor(gl: WebGL2RenderingContext, limitBytes = GPU_TILE_BYTES) {
    this.#gl = gl;
    this.#kept = new ByteLru(limitBytes, (texture) => gl.deleteTexture(texture));
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /** The texture, if it is there. */
  get(tile: Tile): WebGLTexture | undefined {
    const name = this.#names.get(tile);
    return name === undefined ? undefined : this.#kept.get(name);
  }

  /** Puts it there, through texture unit `unit`. */
  upload(tile: Tile, unit: number): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8UI, tile.columns, tile.rows, 0, gl.RG_INTEGER, gl.UNSIGNED_BYTE, tile.codes);
    const name = this.#names.get(tile) ?? `${this.#next++}`;
    this.#names.set(tile, name);
    this.#kept.set(name, texture, tile.codes.byteLength);
    this.uploads += 1;
    return texture;
  }
}
