// A mask's elements, 64 at a time: along one row (ascending keys) and along one key (ascending rows).
#pragma once

#include "mask_index.h"

namespace headscope {

// Bits [start, start + 64) of a padded bit array (mask_index.h); start in [0, bits).
HS_HOST_DEVICE static inline uint64_t bit_window(const uint64_t* words, int64_t start) {
  const int64_t word = start >> 6;
  const int shift = (int)(start & 63);
  // Two shifts on the left: a shift by 64 is undefined.
  return words[word] >> shift | words[word + 1] << 1 << (63 - shift);
}

HS_HOST_DEVICE static inline uint64_t reverse_bits(uint64_t x) {
  x = (x >> 1 & 0x5555555555555555u) | (x & 0x5555555555555555u) << 1;
  x = (x >> 2 & 0x3333333333333333u) | (x & 0x3333333333333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0f0f0f0f0fu) | (x & 0x0f0f0f0f0f0f0f0fu) << 4;
  x = (x >> 8 & 0x00ff00ff00ff00ffu) | (x & 0x00ff00ff00ff00ffu) << 8;
  x = (x >> 16 & 0x0000ffff0000ffffu) | (x & 0x0000ffff0000ffffu) << 16;
  return x >> 32 | x << 32;
}

// The lowest n bits, n in [0, 64].
HS_HOST_DEVICE static inline uint64_t low_bits(int64_t n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }

// The first position in ascending a[lo, hi) whose value is not below `value`.
HS_HOST_DEVICE static inline int64_t first_not_below(const int32_t* a, int64_t lo, int64_t hi, int64_t value) {
  while (lo < hi) {
    const int64_t mid = (lo + hi) / 2;
    if (a[mid] < value) lo = mid + 1; else hi = mid;
  }
  return lo;
}

// kMaskCompat: which of the keys [key0, key0 + 64) row tile m keeps, before causality.
HS_HOST_DEVICE static inline uint64_t compat_keys(const MaskIndex& index, int64_t m, int64_t key0) {
  uint64_t kept = 0;
  const int64_t ranges_end = index.range_start[m + 1];
  for (int64_t t = first_not_below(index.range_keys, index.range_start[m], ranges_end, key0 - kTile + 1);
       t < ranges_end && index.range_keys[t] < key0 + kTile; ++t) {
    const int64_t shift = index.range_keys[t] - key0;
    kept |= shift >= 0 ? ~0ull << shift : ~0ull >> -shift;
  }
  const int64_t columns_end = index.column_start[m + 1];
  for (int64_t t = first_not_below(index.compat_columns, index.column_start[m], columns_end, key0);
       t < columns_end && index.compat_columns[t] < key0 + kTile; ++t)
    kept |= 1ull << (index.compat_columns[t] - key0);
  return kept;
}

// kMaskBlocks: which of the keys [key0, key0 + 64) block row b keeps, before causality.
HS_HOST_DEVICE static inline uint64_t block_keys(const MaskIndex& index, int64_t b, int64_t key0) {
  uint64_t kept = 0;
  const int64_t size = index.block_size, end = index.block_start[b + 1];
  for (int64_t t = first_not_below(index.blocks, index.block_start[b], end, key0 / size);
       t < end && index.blocks[t] * size < key0 + kTile; ++t) {
    const int64_t first = index.blocks[t] * size - key0, last = first + size;
    kept |= low_bits(last < kTile ? last : kTile) & ~low_bits(first > 0 ? first : 0);
  }
  return kept;
}

// Bit t: row `row` has key key0 + t at or before it, and in its window.
HS_HOST_DEVICE static inline uint64_t causal_keys(int64_t window, int64_t row, int64_t key0) {
  if (key0 > row) return 0;
  const int64_t hidden = row - window + 1 - key0;  // keys before the window
  const uint64_t causal = low_bits(row - key0 + 1);
  return window > 0 && hidden > 0 ? causal & ~low_bits(hidden) : causal;
}

// kMaskDiagonals, apart from causality: bit t: row `row` keeps key key0 + t. row and key0 in [0, N), key0 <= row.
HS_HOST_DEVICE static inline uint64_t diagonal_keys(const MaskIndex& index, int64_t row, int64_t key0) {
  return bit_window(index.column_bits, key0) | bit_window(index.distance_bits, index.rows - 1 - row + key0);
}

// Bit t: row `row` keeps key key0 + t. row and key0 in [0, N); keys after the row or before its window are never kept.
HS_HOST_DEVICE static inline uint64_t row_mask(const MaskIndex& index, int64_t row, int64_t key0) {
  const uint64_t causal = causal_keys(index.window, row, key0);
  if (!causal) return 0;
  switch (index.kind) {
    case kMaskDiagonals: return diagonal_keys(index, row, key0) & causal;
    case kMaskBlocks: return block_keys(index, row / index.block_size, key0) & causal;
    case kMaskCompat: return compat_keys(index, row / kTile, key0) & causal;
    default: return causal;
  }
}

// Bit r: row row0 + r has `key` in its window, or behind it.
HS_HOST_DEVICE static inline uint64_t rows_in_window(int64_t window, int64_t key, int64_t row0) {
  const int64_t rows = key + window - row0;
  return window <= 0 ? ~0ull : rows <= 0 ? 0 : low_bits(rows);
}

// kMaskDiagonals, apart from the window: bit r: row row0 + r keeps `key`. row0 a multiple of 64 below N, key in [0, min(N, row0 + 64)). What it says
// of rows at or past N means nothing.
HS_HOST_DEVICE static inline uint64_t diagonal_rows(const MaskIndex& index, int64_t key, int64_t row0) {
  if (index.column_bits[key >> 6] >> (key & 63) & 1) return key > row0 ? ~0ull << (key - row0) : ~0ull;
  // Ascending rows are ascending distances, which distance_bits holds backwards: read the window that ends at row0's bit.
  const int64_t start = index.rows - 1 - row0 + key - (kTile - 1);
  return reverse_bits(start >= 0 ? bit_window(index.distance_bits, start) : index.distance_bits[0] << -start);
}

}  // namespace headscope
