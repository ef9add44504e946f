// The key chunks that a set of diagonals makes a 64-row query tile multiply.
//
// Take query rows [end - 64, end) and count keys backwards from the tile's end: key j has offset r = end - 1 - j >= 0.
// A diagonal at distance d = i - j touches offsets [d, d + 64) of that tile, whatever the tile, so one list of chunks in
// offsets serves every row tile of the head: tile m (end = 64 (m + 1)) runs the chunks whose offset is below its end.
#pragma once

#include <cstdint>

// For code that a CUDA kernel runs too. Functions of this folder are `static`, because they are compiled once per instruction
// set: an external inline copy built for AVX-512 could be the one the linker keeps for everybody (see kernels/cpu/simd.h).
#if defined(__CUDACC__)
#define HS_HOST_DEVICE __host__ __device__
#else
#define HS_HOST_DEVICE
#endif
// Before a loop over an array that a GPU shall keep in registers, which it does only where every index is known.
#if defined(__CUDA_ARCH__)
#define HS_UNROLL _Pragma("unroll")
#else
#define HS_UNROLL
#endif

namespace headscope {

inline constexpr int kTile = 64;  // rows of a query tile, and keys of a chunk

// distances: ascending, unique, >= 0. chunks: room for `count` entries. Writes the first offset of each chunk, ascending;
// chunk c covers offsets [chunks[c], chunks[c] + 64). Chunks are disjoint and, taken from the diagonal outwards, as few as
// can cover the union (greedy interval covering is optimal), so a tile never runs more chunks than a dense one. Returns
// their number, at most `count`.
static inline int64_t cover_chunks(const int32_t* distances, int64_t count, int32_t* chunks) {
  int64_t made = 0;
  int64_t covered = 0;  // offsets below this are in a chunk, or needed by no diagonal so far
  for (int64_t t = 0; t < count; ++t) {
    const int64_t d = distances[t];
    const int64_t first = d > covered ? d : covered;
    if (first >= d + kTile) continue;
    chunks[made++] = (int32_t)first;
    covered = first + kTile;
  }
  return made;
}

// How many of `chunks` (ascending) the tile ending at `end` runs: those that start below it.
HS_HOST_DEVICE static inline int64_t chunks_before(const int32_t* chunks, int64_t count, int64_t end) {
  int64_t lo = 0, hi = count;
  while (lo < hi) {
    const int64_t mid = (lo + hi) / 2;
    if (chunks[mid] < end) lo = mid + 1; else hi = mid;
  }
  return lo;
}

// 64x64 tiles that a row tile multiplies: its chunks, its columns outside them gathered 64 at a time, and never more than the
// `dense` ones of a mask that keeps everything (where it would be more, the kernel walks those under the same mask).
HS_HOST_DEVICE static inline int64_t executed_tiles(int64_t dense, int64_t chunks, int64_t gathered_columns) {
  const int64_t tiles = chunks + (gathered_columns + kTile - 1) / kTile;
  return tiles < dense ? tiles : dense;
}

}  // namespace headscope
