// Blocks of attention probabilities P(i, j) = exp(score(i, j) - lse_i), 0 above the diagonal and before the window, recomputed from a head's kept
// log-sum-exp. The two layouts are the two operand orders of attention_tile.h's product: the one transposed into a panel lies
// along the vector lanes.
#pragma once

#include "../../native/backend.h"
#include "attention_tile.h"

namespace headscope::cpu::HS_ISA {

// Strips are built by so many broadcast rows at a time: a multiple of every kBroadcasts, and a strip fits the first-level cache.
inline constexpr int kStrip = 96;

// One head of a call. q, k: [rows, d].
struct HeadView {
  const float* q;
  const float* k;
  const float* lse;  // [rows]
  int64_t rows;
  int32_t d;
  float scale, cap;
  int64_t window;

  // The rows that see none of the keys [key0, key0 + count) any more start here.
  int64_t past_rows(int64_t key0, int64_t count) const {
    const int64_t past = key0 + count - 1 + window;
    return window > 0 && past < rows ? past : rows;
  }
  // The first key that row `row` or one after it sees.
  int64_t first_seen(int64_t row) const { return window > 0 && row >= window ? row - window + 1 : 0; }
};

static inline HeadView head_view(const hs_heads& heads, int32_t head, const float* lse) {
  const int64_t size = heads.rows * heads.head_dim;
  return {heads.q + head * size, heads.k + head / (heads.heads / heads.kv_heads) * size, lse, heads.rows, heads.head_dim, heads.scale, heads.cap, heads.window};
}

static inline const char* head_fault(const hs_heads& heads, int32_t head, const float* lse) {
  if (heads.rows < 1 || heads.head_dim < 1 || heads.kv_heads < 1 || heads.heads < 1 || heads.heads % heads.kv_heads)
    return "a head without rows, dimensions or keys";
  if (head < 0 || head >= heads.heads) return "a head outside the layer";
  if (heads.window < 0 || !(heads.cap >= 0)) return "a window or a cap below 0";
  if (!heads.q || !heads.k || !lse) return "a head without queries, keys or log-sum-exp";
  return nullptr;
}

// The lanes of vector v of a panel whose valid lanes are [first, last).
static inline uint32_t lanes_between(int64_t first, int64_t last, int v) {
  const int64_t a = first - v * kLanes, b = last - v * kLanes;
  const uint32_t from = a <= 0 ? 0u : a >= kLanes ? 0xffffffffu : (1u << a) - 1;
  const uint32_t to = b <= 0 ? 0u : b >= kLanes ? 0xffffffffu : (1u << b) - 1;
  return to & ~from;
}

static inline void strip_pointers(const float* rows, int32_t d, int32_t count, const float** pointers) {
  for (int32_t t = 0; t < count + kKeySlack; ++t) pointers[t] = rows + (int64_t)(t < count ? t : count - 1) * d;
}

// A panel of query rows [row0, row0 + rows), rows <= kPanel, ready to meet keys. queries: [d, kPanel] work memory.
struct QueryPanel {
  float* queries;
  f32v minus_lse[kPanelVectors];
  int64_t row0, rows;
};

static inline void fill_panel(const HeadView& head, int64_t row0, int64_t rows, QueryPanel* panel) {
  panel->row0 = row0;
  panel->rows = rows;
  transpose_panel(head.q + row0 * head.d, head.d, rows, head.d, head.scale, panel->queries);
  float minus[kPanel] = {};
  for (int64_t r = 0; r < rows; ++r) minus[r] = -head.lse[row0 + r];
  for (int v = 0; v < kPanelVectors; ++v) panel->minus_lse[v] = load(minus + v * kLanes);
}

// strip: [count + kKeySlack, kPanel], strip[t][lane] = P(row0 + lane, key0 + t), 0 in missing rows. 1 <= count <= kStrip.
static inline void key_strip(const HeadView& head, const QueryPanel& panel, int64_t key0, int32_t count, float* strip) {
  const float* keys[kStrip + kKeySlack];
  strip_pointers(head.k + key0 * head.d, head.d, count, keys);
  score_panel(panel.queries, head.d, keys, count, strip);
  if (head.cap > 0) cap_scores(strip, count, head.cap);
  for (int32_t t = 0; t < count; ++t) {
    float* p = strip + t * kPanel;
    const int64_t first = key0 + t - panel.row0;  // the first lane whose row may see the key
    const int64_t past = head.window > 0 && first + head.window < panel.rows ? first + head.window : panel.rows;
    const bool whole = first <= 0 && past == kPanel;
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) {
      const f32v x = exp(load(p + v * kLanes) + panel.minus_lse[v]);
      store(p + v * kLanes, whole ? x : select(lanes_between(first, past, v), x, 0));
    }
  }
}

// strip: [count + kKeySlack, kPanel], strip[t][lane] = P(row0 + t, key0 + lane). keys: [d, kPanel], the transposed keys
// [key0, key0 + kPanel) times scale, missing ones 0 (what the strip says of them means nothing).
static inline void row_strip(const HeadView& head, const float* keys, int64_t key0, int64_t row0, int32_t count, float* strip) {
  const float* rows[kStrip + kKeySlack];
  strip_pointers(head.q + row0 * head.d, head.d, count, rows);
  score_panel(keys, head.d, rows, count, strip);
  if (head.cap > 0) cap_scores(strip, count, head.cap);
  for (int32_t t = 0; t < count; ++t) {
    float* p = strip + t * kPanel;
    const f32v minus = splat(-head.lse[row0 + t]);
    const int64_t seen = row0 + t - key0 + 1;  // lanes below it hold causal keys
    const int64_t first = head.window > 0 ? seen - head.window : 0;  // lanes before it hold keys before the window
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) {
      const f32v x = exp(load(p + v * kLanes) + minus);
      store(p + v * kLanes, seen >= kPanel && first <= 0 ? x : select(lanes_between(first, seen, v), x, 0));
    }
  }
}

}  // namespace headscope::cpu::HS_ISA
