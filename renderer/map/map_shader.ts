// The map's two shaders. A quad covers the part of one tile that is on screen; its fragments know which tokens they cover, look the
// tile's code up, and ask the mask. Token positions are integers from the tile's corner on: float32 alone could not tell tokens of a
// long prompt apart. A mask of columns and distances comes as two strips (mask_strips.ts), one of blocks as ranks.

/** `u_mode` */
export const SHADER_MODES = { off: 0, outline: 1, dim: 2, missed: 3, split: 1, mirrored: 4 } as const;
/** `u_mask` */
export const SHADER_MASKS = { unknown: 0, all: 1, diagonals: 2, blocks: 3 } as const;
/** From this many pixels a token the mask is drawn token by token; below as the share of a pixel that is kept. */
export const EXACT_MASK_PIXELS = 4;

export const VERTEX_SHADER = `#version 300 es
precision highp float;
uniform vec4 u_quad;      // left, top, right, bottom in pixels
uniform vec2 u_size;      // of the canvas
const vec2 CORNERS[4] = vec2[4](vec2(0, 0), vec2(1, 0), vec2(0, 1), vec2(1, 1));
void main() {
  vec2 at = mix(u_quad.xy, u_quad.zw, CORNERS[gl_VertexID]) / u_size;
  gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0, 1);
}`;

export interface ShaderVariant {
  mode: (typeof SHADER_MODES)[keyof typeof SHADER_MODES];
  mask: (typeof SHADER_MASKS)[keyof typeof SHADER_MASKS];
  /** Token by token. */
  exact: boolean;
}

/** A program of its own for every mode and kind of mask: what a picture does not need costs it nothing, in software above all. */
export const fragmentShader = ({ mode, mask, exact }: ShaderVariant): string =>
  FRAGMENT_SHADER.replace('#version 300 es', `#version 300 es\n#define u_mode ${mode}\n#define u_mask ${mask}\n#define u_exact ${exact}`);

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
precision highp isampler2D;
uniform vec2 u_size;
uniform vec2 u_anchor;          // pixel of the tile's first token
uniform ivec2 u_base;           // that token: key, query
uniform vec2 u_tokensPerPixel;  // keys, queries
uniform bool u_mirror;          // keys run down and queries right
uniform int u_tokens;

uniform usampler2D u_tile;      // codes: max, sum
uniform bool u_hasTile;
uniform ivec4 u_tileRect;       // first key, first query, keys, queries
uniform ivec2 u_tileCells;      // columns, rows
uniform int u_tileShift;        // tokens a cell as a power of two, or -1 where they are no power of two
uniform vec2 u_tileScale;       // octaves of codes 1 and 255 of the plane drawn, moved to the footprint drawn
uniform vec2 u_tileSumScale;    // the same of its sums
uniform usampler2D u_lost;      // the same of what the mask drops; always its sums: missed mass is one
uniform bool u_hasLost;
uniform ivec4 u_lostRect;
uniform ivec2 u_lostCells;
uniform int u_lostShift;
uniform vec2 u_lostScale;
uniform int u_plane;            // 0 max, 1 sum
uniform vec2 u_limits;          // octaves at both ends of the ramp
uniform vec2 u_lostLimits;
uniform sampler2D u_ramps;      // rows: attention, grey, missed

uniform sampler2D u_strips;     // by pixel (line, kept share), or by token (kept); rows: columns, distances; the mirrored half's
uniform ivec2 u_stripFirst;     // by token: the first column and distance
uniform isampler2D u_blocks;
uniform int u_budget;           // blocks
uniform int u_blockSize;
uniform int u_blockSamples;     // a side, where a pixel covers more than a block
uniform vec3 u_plate;
uniform vec3 u_void;
uniform vec3 u_hatch;
uniform vec3 u_line;
uniform vec4 u_casing;
uniform vec4 u_diagonal;        // colour; half its width in pixels, and half a pixel for its soft edge
uniform bool u_dashed;          // the mask is a preview
out vec4 colour;

bool keptToken(int q, int k) {
  if (k > q || k < 0 || q >= u_tokens) return false;
  if (u_mask == 1) return true;
  int row = u_mirror ? 2 : 0;
  if (u_mask == 2)
    return texelFetch(u_strips, ivec2(k - u_stripFirst.x, row), 0).r > 0.5
      || texelFetch(u_strips, ivec2(q - k - u_stripFirst.y, row + 1), 0).r > 0.5;
  if (u_mask == 3) return texelFetch(u_blocks, ivec2(k / u_blockSize, q / u_blockSize), 0).r < u_budget;
  return false;
}

// (line, kept share) of the fragment's column and diagonal.
void stripsHere(out vec2 column, out vec2 distance_) {
  ivec2 pixel = ivec2(int(gl_FragCoord.x), int(u_size.y - gl_FragCoord.y));
  int across = u_mirror ? pixel.y : pixel.x;
  int row = u_mirror ? 2 : 0;
  column = texelFetch(u_strips, ivec2(across, row), 0).rg;
  distance_ = texelFetch(u_strips, ivec2(pixel.x + pixel.y - 2 * across + int(u_size.x) - 1, row + 1), 0).rg;
}
float keptShare(vec2 column, vec2 distance_) { return 1.0 - (1.0 - column.g) * (1.0 - distance_.g); }

// The share of a pixel that is kept; at: its middle, in tokens from u_base, key first.
float coverage(vec2 at) {
  if (u_mask == 1) return 1.0;
  if (u_mask == 2) {
    vec2 column, distance_;
    stripsHere(column, distance_);
    return keptShare(column, distance_);
  }
  if (u_mask == 3) {
    float kept = 0.0, causal = 0.0, part = 1.0 / float(u_blockSamples);
    for (int y = 0; y < u_blockSamples; y += 1)
      for (int x = 0; x < u_blockSamples; x += 1) {
        ivec2 t = u_base + ivec2(floor(at + ((vec2(x, y) + 0.5) * part - 0.5) * u_tokensPerPixel));
        if (t.x > t.y || t.x < 0) continue;
        causal += 1.0;
        if (keptToken(t.y, t.x)) kept += 1.0;
      }
    return causal > 0.0 ? kept / causal : 0.0;
  }
  return 0.0;
}

// Octaves of the cell that holds a token; far below any scale where it has no mass.
float octavesIn(usampler2D codes, int plane, ivec4 rect, ivec2 cells, int shift, vec2 scale, ivec2 token) {
  ivec2 cell = token - rect.xy;
  if (shift >= 0) cell >>= shift;
  else cell = clamp(((cell + 1) * cells - 1) / rect.zw, ivec2(0), cells - 1);
  uvec2 both = texelFetch(codes, cell, 0).rg;
  uint code = plane == 0 ? both.r : both.g;
  return code == 0u ? -1000.0 : scale.x + float(code - 1u) / 254.0 * (scale.y - scale.x);
}
float share(float octaves, vec2 limits) { return clamp((octaves - limits.x) / (limits.y - limits.x), 0.0, 1.0); }
vec3 ramp(int row, float at) { return texelFetch(u_ramps, ivec2(int(at * 255.0 + 0.5), row), 0).rgb; }

vec3 over(vec3 below, vec3 ink, float opacity) { return mix(below, ink, opacity); }

// A preview's lines are broken, along any direction that a mask's edge has.
bool drawsLine() { return !u_dashed || mod(gl_FragCoord.x + 2.0 * gl_FragCoord.y, 10.0) < 5.5; }

// Lines around what is kept: along the cells' inner edges where tokens are large, else three pixels beside them.
vec3 outlined(vec3 below, vec2 at, ivec2 token, vec2 pixelsPerToken) {
  if (u_exact || u_mask == 3) {
    vec2 cell = u_mask == 3 ? vec2(u_blockSize) : vec2(1);
    vec2 pixels = cell * pixelsPerToken;
    if (min(pixels.x, pixels.y) < 4.0) return over(below, u_line, 0.12 * coverage(at));
    if (!keptToken(token.y, token.x)) return below;
    vec2 first = u_mask == 3 ? vec2((token / u_blockSize) * u_blockSize - u_base) : floor(at);
    vec2 low = (at - first) * pixelsPerToken;
    vec2 high = pixels - low;
    ivec2 step_ = ivec2(cell);
    float edge = 99.0;
    if (low.x < 2.6 && !keptToken(token.y, token.x - step_.x)) edge = min(edge, low.x);
    if (high.x < 2.6 && token.x + step_.x <= token.y && !keptToken(token.y, token.x + step_.x)) edge = min(edge, high.x);
    if (low.y < 2.6 && token.y - step_.y >= token.x && !keptToken(token.y - step_.y, token.x)) edge = min(edge, low.y);
    if (high.y < 2.6 && !keptToken(token.y + step_.y, token.x)) edge = min(edge, high.y);
    if (edge < 1.5 && drawsLine()) return over(below, u_line, 0.9);
    return edge < 2.6 ? over(below, u_casing.rgb, 0.6 * u_casing.a) : below;
  }
  if (u_mask != 2) return below;
  vec2 column, distance_;
  stripsHere(column, distance_);
  float line = max(column.r, distance_.r);
  if (line > 0.0 && !drawsLine()) line = -line;
  if (line > 0.0) return over(below, u_line, line);
  line = line < 0.0 ? line : min(column.r, distance_.r);
  vec3 ink = over(below, u_line, 0.12 * keptShare(column, distance_));
  return line < 0.0 ? over(ink, u_casing.rgb, -0.5 * u_casing.a * line) : ink;
}

// What the picture shows of a token under the mask of this variant.
vec3 inkOf(vec2 at, ivec2 token) {
  if (!u_hasTile) {
    float stripe = mod(gl_FragCoord.x + u_size.y - gl_FragCoord.y, 8.0);
    return mix(u_void, u_hatch, stripe < 1.0 ? 0.8 : 0.0);
  }
  float octaves = octavesIn(u_tile, u_plane, u_tileRect, u_tileCells, u_tileShift, u_tileScale, token);
  float mass = share(octaves, u_limits);
  if (u_mode == 0 || (u_mask == 0 && u_mode == 1)) return ramp(0, mass);
  if (u_mode == 1) {
    vec3 ink = ramp(0, mass);
    return u_mask == 1 ? ink : outlined(ink, at, token, 1.0 / u_tokensPerPixel);
  }
  if (u_mask == 0) return ramp(1, mass);
  float lost;
  if (u_hasLost) {
    lost = octavesIn(u_lost, 1, u_lostRect, u_lostCells, u_lostShift, u_lostScale, token);
  } else {
    float kept = u_exact ? (keptToken(token.y, token.x) ? 1.0 : 0.0) : coverage(at);
    // An estimate, until it is counted.
    float held = octavesIn(u_tile, 1, u_tileRect, u_tileCells, u_tileShift, u_tileSumScale, token);
    lost = kept >= 0.999 ? -1000.0 : held + log2(1.0 - kept);
  }
  float m = share(lost, u_lostLimits);
  if (u_mode == 3) return ramp(2, m);
  vec3 grey = ramp(1, u_mode == 4 ? 0.5 * mass : mass);
  return m > 0.02 ? mix(grey, ramp(2, 0.22 + 0.78 * m), clamp(0.3 + m, 0.0, 1.0)) : grey;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, u_size.y - gl_FragCoord.y) - u_anchor;
  vec2 at = pixel * u_tokensPerPixel;
  if (u_mirror) at = at.yx;
  ivec2 token = u_base + ivec2(floor(at));
  if (token.x > token.y || token.y >= u_tokens) discard;
  float fromDiagonal = abs(float(u_base.y - u_base.x) + at.y - at.x) / u_tokensPerPixel.x * 0.7071;
  colour = vec4(over(inkOf(at, token), u_diagonal.rgb, clamp(u_diagonal.a - fromDiagonal, 0.0, 1.0)), 1);
}`;
