// The two products of attention with the query rows along the vector lanes: a panel of kPanel rows is transposed once, keys and
// values are read in place, one broadcast at a time. So a key range may begin anywhere, or be a list of columns, at no cost,
// and every reduction over keys (maximum, sum, a bin of the overview) is an addition of vectors.
#pragma once

#include "simd.h"

namespace headscope::cpu::HS_ISA {

inline constexpr int kPanelVectors = 2;
inline constexpr int kPanel = kPanelVectors * kLanes;  // query rows that one register block multiplies
#if defined(__AVX512F__)
inline constexpr int kBroadcasts = 8;  // keys (or value features) of a register block: 16 of 32 registers accumulate
#elif defined(__AVX2__)
inline constexpr int kBroadcasts = 6;  // 12 of 16
#else
inline constexpr int kBroadcasts = 2;  // SSE2: a vector of 8 is two registers
#endif
inline constexpr int kKeySlack = 8;  // score_panel may write so many keys past its count

// queries: [rows, width] with row stride `stride`, rows <= kPanel; out: [width, kPanel], times scale, missing rows 0.
static inline void transpose_panel(const float* queries, int64_t stride, int64_t rows, int32_t width, float scale, float* out) {
  for (int64_t r = 0; r < rows; ++r)
    for (int32_t c = 0; c < width; ++c) out[c * kPanel + r] = queries[r * stride + c] * scale;
  for (int64_t r = rows; r < kPanel; ++r)
    for (int32_t c = 0; c < width; ++c) out[c * kPanel + r] = 0;
}

// scores[t, :] = panel . keys[t] for t < B. The unroll pragmas keep acc in registers (GCC otherwise leaves it in memory), and so
// does a function of its own: inlined into the loop over tiles, the AVX2 copy spilled and lost a third of its speed.
template <int B>
__attribute__((noinline)) static void score_block(const float* panel, int32_t width, const float* const* keys, float* scores) {
  f32v acc[B][kPanelVectors];
  const float* key[B];
#pragma GCC unroll 16
  for (int t = 0; t < B; ++t) {
    key[t] = keys[t];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) acc[t][v] = splat(0);
  }
#pragma GCC unroll 2
  for (int32_t c = 0; c < width; ++c) {
    f32v q[kPanelVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) q[v] = load(panel + c * kPanel + v * kLanes);
#pragma GCC unroll 16
    for (int t = 0; t < B; ++t) {
      const f32v k = splat(key[t][c]);
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) acc[t][v] = fma(q[v], k, acc[t][v]);
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < B; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(scores + t * kPanel + v * kLanes, acc[t][v]);
}

// scores: [count + kKeySlack, kPanel]; keys: [count + kKeySlack] readable rows of `width` floats, those from count on repeated
// or unused.
static inline void score_panel(const float* panel, int32_t width, const float* const* keys, int32_t count, float* scores) {
  int32_t t = 0;
  for (; t + kBroadcasts <= count; t += kBroadcasts) score_block<kBroadcasts>(panel, width, keys + t, scores + t * kPanel);
  if constexpr (kBroadcasts > 4)
    for (; t + 2 < count; t += 4) score_block<4>(panel, width, keys + t, scores + t * kPanel);
  for (; t < count; t += 2) score_block<2>(panel, width, keys + t, scores + t * kPanel);
}

// scores: [count, kPanel], bent towards the cap.
static inline void cap_scores(float* scores, int32_t count, float cap) {
  for (int32_t at = 0; at < count * kPanel; at += kLanes) store(scores + at, soft_cap(load(scores + at), cap));
}

// out[c, :] = out[c, :] * shrink + sum over t of weights[t, :] * values[t][c], for c of [c0, c0 + B).
template <int B>
__attribute__((noinline)) static void value_block(const float* weights, const float* const* values, int32_t count, int32_t c0, const f32v* shrink, float* out) {
  f32v acc[B][kPanelVectors];
#pragma GCC unroll 16
  for (int t = 0; t < B; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) acc[t][v] = load(out + (c0 + t) * kPanel + v * kLanes) * shrink[v];
#pragma GCC unroll 2
  for (int32_t k = 0; k < count; ++k) {
    const float* value = values[k] + c0;
    f32v w[kPanelVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) w[v] = load(weights + k * kPanel + v * kLanes);
#pragma GCC unroll 16
    for (int t = 0; t < B; ++t) {
      const f32v x = splat(value[t]);
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) acc[t][v] = fma(w[v], x, acc[t][v]);
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < B; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(out + (c0 + t) * kPanel + v * kLanes, acc[t][v]);
}

// out: [width, kPanel], width even.
static inline void value_panel(const float* weights, const float* const* values, int32_t count, int32_t width, const f32v* shrink, float* out) {
  int32_t c = 0;
  for (; c + kBroadcasts <= width; c += kBroadcasts) value_block<kBroadcasts>(weights, values, count, c, shrink, out);
  if constexpr (kBroadcasts > 4)
    for (; c + 4 <= width; c += 4) value_block<4>(weights, values, count, c, shrink, out);
  for (; c < width; c += 2) value_block<2>(weights, values, count, c, shrink, out);
}

}  // namespace headscope::cpu::HS_ISA
