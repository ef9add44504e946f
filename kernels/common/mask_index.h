// A pattern resolved on one input: the mask of one query head, in the compact form every consumer reads (the attention
// kernels, the recall and density figures, the mask's picture). Plain data: whoever builds it owns the arrays.
//
// Bits are numbered from the least significant bit of word 0; every bit array is padded with one zero word at its end, so a
// 64-bit window may be read at any valid start.
#pragma once

#include <cstdint>

#include "window.h"

namespace headscope {

enum MaskKind : int32_t {
  kMaskDense = 0,      // every causal key
  kMaskDiagonals = 1,  // columns and distances, token-exact: A-shape and vertical-slash
  kMaskBlocks = 2,     // per block row a list of key blocks
  kMaskCompat = 3,     // MInference's converted lists: per 64-row tile whole 64-key ranges and single columns
};

struct MaskIndex {
  int32_t kind = kMaskDense;
  int64_t rows = 0;  // N
  int64_t window = 0;  // of the model (window.h), whatever the kind: what it does not attend to, no mask keeps

  // kMaskDiagonals: key j is kept for row i iff j is a column or i - j is a distance (and j <= i).
  const int32_t* columns = nullptr;  // ascending, unique
  int64_t column_count = 0;
  const int32_t* distances = nullptr;  // ascending, unique, below the window; distance 0 always among them
  int64_t distance_count = 0;
  const uint64_t* column_bits = nullptr;    // bit j
  const uint64_t* distance_bits = nullptr;  // bit N - 1 - d, so that ascending keys read ascending bits
  const int32_t* chunks = nullptr;          // cover_chunks(distances)
  int64_t chunk_count = 0;
  const uint64_t* covered_bits = nullptr;  // bit r < N + 64: the key r before a tile's last key lies in a chunk

  // kMaskBlocks: rows [b block_size, (b + 1) block_size) keep the key blocks blocks[block_start[b] .. block_start[b + 1]).
  int32_t block_size = 0;  // a power of two, 16 or more
  const int64_t* block_start = nullptr;
  const int32_t* blocks = nullptr;  // ascending in each row, none after the diagonal block, none that the window hides from the whole row

  // kMaskCompat: tile m keeps every causal key of [k, k + 64) for k in range_keys[range_start[m] .. range_start[m + 1]),
  // and the columns compat_columns[column_start[m] .. column_start[m + 1]).
  const int64_t* range_start = nullptr;
  const int32_t* range_keys = nullptr;
  const int64_t* column_start = nullptr;
  const int32_t* compat_columns = nullptr;
};

}  // namespace headscope
