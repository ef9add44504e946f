// The map's two shaders. A quad covers the part of one tile that is on screen; its fragments know which tokens they cover, look the
// tile's code up, and ask the mask. Token positions are integers from the tile's corner on: float32 alone could not tell tokens of a
// long prompt apart. The mask's questions are those of mask_rule.ts, in the same order.

/** Texels of one row of the rank and count textures: position p lies at (p mod, p div). */
export const LIST_WIDTH = 2048;

/** `u_mode` */
export const SHADER_MODES = { off: 0, outline: 1, dim: 2, missed: 3, split: 1, mirrored: 4 } as const;
/** `u_mask` */
export const SHADER_MASKS = { unknown: 0, all: 1, ranks: 2, positions: 3, blocks: 4 } as const;
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
uniform vec2 u_tileScale;       // octaves of codes 1 and 255, moved to the footprint drawn
uniform usampler2D u_lost;      // the same of what the mask drops
uniform bool u_hasLost;
uniform ivec4 u_lostRect;
uniform ivec2 u_lostCells;
uniform int u_lostShift;
uniform vec2 u_lostScale;
uniform int u_plane;            // 0 max, 1 sum
uniform vec2 u_limits;          // octaves at both ends of the ramp
uniform vec2 u_lostLimits;
uniform sampler2D u_ramps;      // rows: attention, grey, missed

uniform isampler2D u_ranks;     // column, distance
uniform usampler2D u_counts;    // kept columns below, kept distances below
uniform isampler2D u_blocks;
uniform ivec2 u_budget;         // columns, distances; or blocks
uniform int u_blockSize;
uniform int u_blockSide;
uniform vec3 u_plate;
uniform vec3 u_void;
uniform vec3 u_hatch;
uniform vec3 u_line;
uniform vec4 u_casing;
uniform float u_hairline;       // opacity of the lines beside an isolated slash or column
out vec4 colour;

ivec2 place(int at) { return ivec2(at & ${LIST_WIDTH - 1}, at >> ${Math.log2(LIST_WIDTH)}); }

bool keptToken(int q, int k) {
  if (k > q || k < 0 || q >= u_tokens) return false;
  if (u_mask == 1) return true;
  if (u_mask == 2) return texelFetch(u_ranks, place(k), 0).r < u_budget.x || texelFetch(u_ranks, place(q - k), 0).g < u_budget.y;
  if (u_mask == 3) return k < u_budget.x || q - k < u_budget.y;
  if (u_mask == 4) return texelFetch(u_blocks, ivec2(k / u_blockSize, q / u_blockSize), 0).r < u_budget.x;
  return false;
}

// Kept columns and distances below a position; the fraction of a token counts as that fraction.
vec2 keptBelow(int whole, float part) {
  if (whole < 0) return vec2(0);
  if (whole >= u_tokens) { whole = u_tokens - 1; part = 1.0; }
  if (u_mask == 3) return min(vec2(float(whole) + part), vec2(u_budget));
  uvec2 low = texelFetch(u_counts, place(whole), 0).rg;
  uvec2 high = texelFetch(u_counts, place(whole + 1), 0).rg;
  return vec2(low) + part * vec2(high - low);
}
// Of [base + from, base + to): the base apart, so that a fraction of a token survives at a million.
vec2 keptBetween(int base, float from, float to) {
  float f0 = floor(from), f1 = floor(to);
  return keptBelow(base + int(f1), to - f1) - keptBelow(base + int(f0), from - f0);
}

// The share of a pixel that is kept; at: its middle, in tokens from u_base, key first.
float coverage(vec2 at, vec2 size) {
  if (u_mask == 1) return 1.0;
  if (u_mask == 0) return 0.0;
  if (u_mask == 4) {
    float kept = 0.0, causal = 0.0;
    for (int y = 0; y < 4; y += 1)
      for (int x = 0; x < 4; x += 1) {
        ivec2 t = u_base + ivec2(floor(at + (vec2(x, y) - 1.5) * 0.25 * size));
        if (t.x > t.y || t.x < 0) continue;
        causal += 1.0;
        if (keptToken(t.y, t.x)) kept += 1.0;
      }
    return causal > 0.0 ? kept / causal : 0.0;
  }
  float column = keptBetween(u_base.x, at.x - 0.5 * size.x, at.x + 0.5 * size.x).x / size.x;
  int base = u_base.y - u_base.x;
  float distance = 0.0;
  for (int row = 0; row < 4; row += 1) {
    float from = at.y + (float(row) - 1.5) * 0.25 * size.y - at.x - 0.5 * size.x + 0.5;
    float seen = min(from + size.x, float(u_tokens - base)) - max(from, float(-base));
    distance += keptBetween(base, from, from + size.x).y / max(seen, 1e-6);
  }
  return 1.0 - (1.0 - column) * (1.0 - min(1.0, 0.25 * distance));
}

// Whole positions kept of [base + from, base + to), by family: x columns, y distances.
int keptCount(int family, int base, float from, float to) {
  int first = clamp(base + int(floor(from)), 0, u_tokens);
  int last = clamp(base + int(ceil(to)), 0, u_tokens);
  if (u_mask == 3) return min(last, u_budget[family]) - min(first, u_budget[family]);
  return int(texelFetch(u_counts, place(last), 0)[family] - texelFetch(u_counts, place(first), 0)[family]);
}

// How strongly a line is drawn where a kept band or an isolated column or slash lies three pixels away on one side and nothing is
// kept for a while on the other: 0 no line, below 0 the casing beside it. at: position along the family's axis, pixel: tokens.
float lineBeside(int family, int base, float at, float pixel) {
  float best = 0.0;
  for (int side = -1; side <= 1; side += 2) {
    float s = float(side);
    // The free side: from two pixels towards the kept set to a dozen away from it.
    vec2 free_ = at + s * pixel * vec2(-2.0, 12.0);
    if (keptCount(family, base, min(free_.x, free_.y), max(free_.x, free_.y)) > 0) continue;
    vec2 line = at - s * pixel * vec2(2.0, 4.6);
    int beside = keptCount(family, base, min(line.x, line.y), max(line.x, line.y));
    if (beside == 0) continue;
    vec2 on = at - s * pixel * vec2(2.0, 3.2);
    bool touches = keptCount(family, base, min(on.x, on.y), max(on.x, on.y)) > 0;
    vec2 deep = at - s * pixel * vec2(3.0, 13.0);
    float filled = float(keptCount(family, base, min(deep.x, deep.y), max(deep.x, deep.y))) / (10.0 * max(pixel, 0.1));
    float opacity = mix(u_hairline, 1.0, smoothstep(0.3, 0.8, filled));
    if (!touches) best = max(best, opacity);
    else if (best == 0.0) best = -opacity;
  }
  return best;
}

// Octaves of the cell that holds a token; far below any scale where it has no mass.
float octavesIn(usampler2D codes, ivec4 rect, ivec2 cells, int shift, vec2 scale, ivec2 token) {
  ivec2 cell = token - rect.xy;
  if (shift >= 0) cell >>= shift;
  else cell = clamp(((cell + 1) * cells - 1) / rect.zw, ivec2(0), cells - 1);
  uvec2 both = texelFetch(codes, cell, 0).rg;
  uint code = u_plane == 0 ? both.r : both.g;
  return code == 0u ? -1000.0 : scale.x + float(code - 1u) / 254.0 * (scale.y - scale.x);
}
float share(float octaves, vec2 limits) { return clamp((octaves - limits.x) / (limits.y - limits.x), 0.0, 1.0); }
vec3 ramp(int row, float at) { return texelFetch(u_ramps, ivec2(int(at * 255.0 + 0.5), row), 0).rgb; }

vec3 over(vec3 below, vec3 ink, float opacity) { return mix(below, ink, opacity); }

// Lines around what is kept: along the cells' inner edges where tokens are large, else three pixels beside them.
vec3 outlined(vec3 below, vec2 at, ivec2 token, vec2 pixelsPerToken) {
  if (u_exact || u_mask == 4) {
    vec2 cell = u_mask == 4 ? vec2(u_blockSize) : vec2(1);
    vec2 pixels = cell * pixelsPerToken;
    if (min(pixels.x, pixels.y) < 4.0) return over(below, u_line, 0.12 * coverage(at, u_tokensPerPixel));
    if (!keptToken(token.y, token.x)) return below;
    vec2 first = u_mask == 4 ? vec2((token / u_blockSize) * u_blockSize - u_base) : floor(at);
    vec2 low = (at - first) * pixelsPerToken;
    vec2 high = pixels - low;
    ivec2 step_ = ivec2(cell);
    float edge = 99.0;
    if (low.x < 2.6 && !keptToken(token.y, token.x - step_.x)) edge = min(edge, low.x);
    if (high.x < 2.6 && token.x + step_.x <= token.y && !keptToken(token.y, token.x + step_.x)) edge = min(edge, high.x);
    if (low.y < 2.6 && token.y - step_.y >= token.x && !keptToken(token.y - step_.y, token.x)) edge = min(edge, low.y);
    if (high.y < 2.6 && !keptToken(token.y + step_.y, token.x)) edge = min(edge, high.y);
    if (edge < 1.5) return over(below, u_line, 0.9);
    return edge < 2.6 ? over(below, u_casing.rgb, 0.6 * u_casing.a) : below;
  }
  if (u_mask != 2 && u_mask != 3) return below;
  vec2 size = u_tokensPerPixel;
  float column = lineBeside(0, u_base.x, at.x, size.x);
  float slash = lineBeside(1, u_base.y - u_base.x, at.y - at.x, size.x * 1.414);
  float line = max(column, slash);
  if (line > 0.0) return over(below, u_line, line);
  line = min(column, slash);
  vec3 ink = over(below, u_line, 0.12 * coverage(at, size));
  return line < 0.0 ? over(ink, u_casing.rgb, -0.5 * u_casing.a * line) : ink;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, u_size.y - gl_FragCoord.y) - u_anchor;
  vec2 at = pixel * u_tokensPerPixel;
  if (u_mirror) at = at.yx;
  ivec2 token = u_base + ivec2(floor(at));
  if (token.x > token.y || token.y >= u_tokens) discard;
  if (!u_hasTile) {
    float stripe = mod(gl_FragCoord.x + u_size.y - gl_FragCoord.y, 8.0);
    colour = vec4(mix(u_void, u_hatch, stripe < 1.0 ? 0.8 : 0.0), 1);
    return;
  }
  float octaves = octavesIn(u_tile, u_tileRect, u_tileCells, u_tileShift, u_tileScale, token);
  float mass = share(octaves, u_limits);
  if (u_mode == 0 || (u_mask == 0 && u_mode == 1)) {
    colour = vec4(ramp(0, mass), 1);
    return;
  }
  if (u_mode == 1) {
    vec3 ink = ramp(0, mass);
    if (u_mask != 1) ink = outlined(ink, at, token, 1.0 / u_tokensPerPixel);
    colour = vec4(ink, 1);
    return;
  }
  if (u_mask == 0) {
    colour = vec4(ramp(1, mass), 1);
    return;
  }
  float lost;
  if (u_hasLost) {
    lost = octavesIn(u_lost, u_lostRect, u_lostCells, u_lostShift, u_lostScale, token);
  } else {
    float kept = u_exact ? (keptToken(token.y, token.x) ? 1.0 : 0.0) : coverage(at, u_tokensPerPixel);
    lost = kept >= 0.999 ? -1000.0 : octaves + log2(1.0 - kept);
  }
  float m = share(lost, u_lostLimits);
  if (u_mode == 3) {
    colour = vec4(ramp(2, m), 1);
  } else {
    vec3 grey = ramp(1, u_mode == 4 ? 0.5 * mass : mass);
    colour = vec4(m > 0.02 ? mix(grey, ramp(2, 0.22 + 0.78 * m), clamp(0.3 + m, 0.0, 1.0)) : grey, 1);
  }
}`;
