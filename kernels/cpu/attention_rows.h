// Online softmax of one 64-row tile over its key tiles.
#pragma once

#include <float.h>

#include "../common/tile_stream.h"
#include "attention_tile.h"
#include "overview.h"

namespace headscope::cpu::HS_ISA {

inline constexpr int kPanels = kTile / kPanel;

// The work memory of one row tile, and what is known of its rows so far. `bins` is nullptr where no overview is asked for.
struct RowTile {
  int64_t first, rows, keys;  // rows [first, first + rows) of an input of `keys` tokens
  int32_t width;              // head_dim
  float cap;                  // of the scores; 0: none
  float* panels;              // [kPanels][width][kPanel] queries, transposed and scaled
  float* outputs;             // [kPanels][width][kPanel] sums of exp(score - maximum) * value; nullptr where they are not wanted
  float* scores;              // [kTile + kKeySlack][kPanel]
  float* maximum;             // [kTile] largest score so far, -FLT_MAX before any
  float* total;               // [kTile] sum of exp(score - maximum)
  PanelBins* bins;            // [kPanels]
};

static inline int64_t row_tile_floats(int32_t width) { return 2 * kTile * width + (kTile + kKeySlack) * kPanel + 2 * kTile; }
static inline int64_t row_tile_bytes(int32_t width, bool overview) {
  return row_tile_floats(width) * 4 + (overview ? (int64_t)sizeof(PanelBins) * kPanels : 0);
}

// memory: row_tile_bytes(), 64-byte aligned. queries: [keys, width] of the head.
static inline RowTile start_rows(float* memory, const float* queries, int64_t keys, int32_t width, float scale, float cap, int64_t m,
                                 bool overview, bool outputs) {
  RowTile t;
  t.first = m * kTile;
  t.rows = t.first + kTile <= keys ? kTile : keys - t.first;
  t.keys = keys;
  t.width = width;
  t.cap = cap;
  t.panels = memory;
  float* const sums = t.panels + kTile * width;
  t.outputs = outputs ? sums : nullptr;
  t.scores = sums + kTile * width;
  t.maximum = t.scores + (kTile + kKeySlack) * kPanel;
  t.total = t.maximum + kTile;
  t.bins = overview ? (PanelBins*)(t.total + kTile) : nullptr;
  for (int p = 0; p < kPanels; ++p) {
    const int64_t left = t.rows - p * kPanel;
    const int64_t rows = left < 0 ? 0 : left < kPanel ? left : kPanel;
    transpose_panel(queries + (t.first + p * kPanel) * width, width, rows, width, scale, t.panels + p * kPanel * width);
    if (t.bins) t.bins[p].clear();
  }
  if (outputs) __builtin_memset(t.outputs, 0, sizeof(float) * kTile * width);
  for (int r = 0; r < kTile; ++r) {
    t.maximum[r] = -FLT_MAX;
    t.total[r] = 0;
  }
  return t;
}

// Turns scores of keys [begin, end) into exp(score - maximum), in place; adds their sums to `sums`.
template <bool kLargest>
static inline void exponentiate(float* scores, int32_t begin, int32_t end, const f32v* maximum, f32v* sums, f32v* largest) {
  for (int32_t t = begin; t < end; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) {
      const f32v p = exp(load(scores + t * kPanel + v * kLanes) - maximum[v]);
      store(scores + t * kPanel + v * kLanes, p);
      sums[v] += p;
      if (kLargest) largest[v] = max(largest[v], p);
    }
}

// One panel times one key tile. keys, values: the tile's rows, [count + kKeySlack], the last repeated. masks: key_masks() of the
// tile or nullptr. segments: split_by_bin() of the tile where the overview is wanted.
static inline void attend_panel(const RowTile& tile, int p, const float* const* keys, const float* const* values, int32_t count,
                                const uint64_t* masks, const Segment* segments, int32_t segment_count) {
  // Keys that no row of this panel keeps cost nothing at either end: half of an isolated diagonal's tile, and what lies after
  // the panel in a causal one.
  int32_t lo = 0, hi = count;
  if (masks) {
    const uint64_t rows = low_bits(kPanel) << (p * kPanel);
    while (lo < hi && !(masks[lo] & rows)) ++lo;
    while (lo < hi && !(masks[hi - 1] & rows)) --hi;
    if (lo == hi) return;
  }
  float* scores = tile.scores;
  score_panel(tile.panels + p * kPanel * tile.width, tile.width, keys + lo, hi - lo, scores + lo * kPanel);
  if (tile.cap > 0) cap_scores(scores + lo * kPanel, hi - lo, tile.cap);

  float* const running = tile.maximum + p * kPanel;
  f32v before[kPanelVectors], top[kPanelVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kPanelVectors; ++v) top[v] = before[v] = load(running + v * kLanes);
  for (int32_t t = lo; t < hi; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) {
      float* const at = scores + t * kPanel + v * kLanes;
      f32v s = load(at);
      if (masks) {
        s = select((uint32_t)(masks[t] >> (p * kPanel + v * kLanes)), s, -__builtin_inff());
        store(at, s);
      }
      top[v] = max(s, top[v]);
    }
  f32v all = top[0];
  for (int v = 1; v < kPanelVectors; ++v) all = max(all, top[v]);
  if (reduce_max(all) > FLT_MAX) {  // a score past the range of float: the largest one takes its place, not infinity - infinity
    const f32v most = splat(FLT_MAX);
    for (int32_t at = lo * kPanel; at < hi * kPanel; at += kLanes) {
      const f32v s = load(scores + at);
      store(scores + at, s > most ? most : s);
    }
    for (int v = 0; v < kPanelVectors; ++v) top[v] = top[v] > most ? most : top[v];
  }

  f32v shrink[kPanelVectors], sums[kPanelVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kPanelVectors; ++v) {
    shrink[v] = exp(before[v] - top[v]);
    sums[v] = splat(0);
    store(running + v * kLanes, top[v]);
  }
  if (!tile.bins) {
    exponentiate<false>(scores, lo, hi, top, sums, nullptr);
  } else {
    for (int32_t i = 0; i < segment_count; ++i) {
      const int32_t begin = segments[i].begin > lo ? segments[i].begin : lo, end = segments[i].end < hi ? segments[i].end : hi;
      if (begin >= end) continue;
      f32v part[kPanelVectors], largest[kPanelVectors];
      for (int v = 0; v < kPanelVectors; ++v) part[v] = largest[v] = splat(0);
      exponentiate<true>(scores, begin, end, top, part, largest);
      tile.bins[p].add(segments[i].bin, top, part, largest);
      for (int v = 0; v < kPanelVectors; ++v) sums[v] += part[v];
    }
  }
  float* const total = tile.total + p * kPanel;
#pragma GCC unroll 4
  for (int v = 0; v < kPanelVectors; ++v) store(total + v * kLanes, fma(load(total + v * kLanes), shrink[v], sums[v]));
  if (tile.outputs) value_panel(scores + lo * kPanel, values + lo, hi - lo, tile.width, shrink, tile.outputs + p * kPanel * tile.width);
}

// One key tile of the stream. keys, values: [N, width] of the key-value head; values are read for outputs only.
static inline void attend_tile(const RowTile& rows, const MaskIndex* index, const KeyTile& tile, const float* keys, const float* values) {
  const float *key_rows[kTile + kKeySlack], *value_rows[kTile];
  uint64_t masks[kTile];
  Segment segments[kTile];
  for (int32_t t = 0; t < tile.count; ++t) {
    const int64_t at = (tile.gathered ? tile.gathered[t] : tile.key + t) * (int64_t)rows.width;
    key_rows[t] = keys + at;
    if (rows.outputs) value_rows[t] = values + at;
  }
  const int32_t last = tile.count - 1;
  const float* const repeated = keys + (tile.gathered ? tile.gathered[last] : tile.key + last) * (int64_t)rows.width;
  for (int32_t t = 0; t < kKeySlack; ++t) key_rows[tile.count + t] = repeated;
  if (tile.masked) key_masks(index, rows.first / kTile, tile, masks);
  const int32_t segment_count = rows.bins ? split_by_bin(tile.gathered, tile.key, tile.count, rows.keys, segments) : 0;
  for (int p = 0; p < kPanels && p * kPanel < rows.rows; ++p)
    attend_panel(rows, p, key_rows, value_rows, tile.count, tile.masked ? masks : nullptr, segments, segment_count);
}

// Writes the rows' outputs where they were wanted (row stride `stride`) and, where lse is given, ln of their sums of exp(score).
static inline void finish_rows(const RowTile& tile, float* out, int64_t stride, float* lse, const RowSpan* spans, int32_t span_count) {
  alignas(64) float inverse[kTile];
  for (int r = 0; r < kTile; ++r) inverse[r] = tile.total[r] > 0 ? 1.0f / tile.total[r] : 0.0f;
  if (tile.bins) {
    const int panels = (int)((tile.rows + kPanel - 1) / kPanel);
    flush_bins(tile.bins, panels, tile.maximum, inverse, spans, span_count);
  }
  for (int64_t r = 0; r < tile.rows; ++r) {
    if (tile.outputs) {
      const float* from = tile.outputs + r / kPanel * kPanel * tile.width + r % kPanel;
      float* to = out + (tile.first + r) * stride;
      for (int32_t c = 0; c < tile.width; ++c) to[c] = from[(int64_t)c * kPanel] * inverse[r];
    }
    if (lse)
      lse[tile.first + r] = tile.total[r] > 0 ? (float)((double)tile.maximum[r] + __builtin_log((double)tile.total[r])) : -__builtin_inff();
  }
}

}  // namespace headscope::cpu::HS_ISA
