// A model's own window: row i attends to the keys j with 0 <= i - j < window, or to all j <= i where window is 0. It limits every
// mask, and dense attention too; what these functions count is what "all" means for a model that has one.
#pragma once

#include <cstdint>

#include "chunk_cover.h"

namespace headscope {

// The first key that any row of the 64-row tile m may attend to.
HS_HOST_DEVICE static inline int64_t first_key(int64_t window, int64_t m) {
  const int64_t key = m * kTile - window + 1;
  return window > 0 && key > 0 ? key : 0;
}

// Tiles of 64 aligned keys that row tile m multiplies where it keeps everything.
HS_HOST_DEVICE static inline int64_t dense_tiles(int64_t window, int64_t m) { return m + 1 - first_key(window, m) / kTile; }

// The same over all row tiles.
static inline int64_t dense_tiles_of(int64_t rows, int64_t window) {
  int64_t tiles = 0;
  for (int64_t m = 0; m * kTile < rows; ++m) tiles += dense_tiles(window, m);
  return tiles;
}

// Distances that occur: i - j in [0, reach).
static inline int64_t reach_of(int64_t rows, int64_t window) { return window > 0 && window < rows ? window : rows; }

// Pairs with i - j >= 0 among rows [q0, q1) and keys [k0, k1).
static inline int64_t causal_pairs(int64_t q0, int64_t q1, int64_t k0, int64_t k1) {
  if (q1 <= q0 || k1 <= k0) return 0;
  const int64_t lo = q0 > k0 ? q0 : k0, hi = q1 < k1 - 1 ? q1 : k1 - 1;  // rows that see some of the keys but not all
  const int64_t whole = q0 > k1 - 1 ? q0 : k1 - 1;
  int64_t pairs = whole < q1 ? (q1 - whole) * (k1 - k0) : 0;
  if (hi > lo) pairs += (hi - lo) * (lo + hi + 1 - 2 * k0) / 2;
  return pairs;
}

// Pairs among them that a model with this window attends to.
static inline int64_t attended_pairs(int64_t q0, int64_t q1, int64_t k0, int64_t k1, int64_t window) {
  const int64_t pairs = causal_pairs(q0, q1, k0, k1);
  return window > 0 ? pairs - causal_pairs(q0 - window, q1 - window, k0, k1) : pairs;
}

}  // namespace headscope
