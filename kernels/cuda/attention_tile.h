// What one warp of attention holds in registers, and its two products with a tile of 64 keys.
//
// A warp has 16 query rows. Of its lane 4 g + t the scores s[n][0..1] are row g, keys 8 n + 2 t, + 1, and s[n][2..3] row g + 8: the
// accumulators of mma.m16n8k16, which, packed to bfloat16, are the left factor of the product with the values.
// A tile in shared memory is [64, D] bfloat16 with rows of an odd number of 16-byte chunks, so that eight rows at the same
// column never share a bank.
#pragma once

#include "kernels/common/mask_bits.h"
#include "ptx/math.h"
#include "ptx/matrix.h"
#include "ptx/warp.h"
#include "tile_queue.h"

namespace headscope::cuda {

inline constexpr float kInfinity = __builtin_inff();

// Elements from one row of a tile to the next.
template <int D>
inline constexpr int kTileStride = (D / 8 | 1) * 8;
template <int D>
inline constexpr int kTileBytes = kTile * kTileStride<D> * 2;

// Rows [16, D] of queries as left factors, one of each 16 columns: in registers, or, where the outputs take most of those, in
// shared memory that no other thread touches.
template <int D>
class Queries {
 public:
  static constexpr bool kShared = D > 128;
  static constexpr int kBytes = kShared ? D / 16 * 128 * 16 : 0;  // of 128 threads

  HS_DEVICE explicit Queries(SharedAddress at) : shared_(at, kBytes / 16) {}

  // rows: of queries[row], row + 8 of this lane, [head_dim] float32; nullptr: zeros. Multiplied by `sign`, 1 or -1 or 0.
  HS_DEVICE void load(const float* row, const float* row8, int head_dim, float sign) {
    const int column = lane_index() % 4 * 2;
#pragma unroll
    for (int kk = 0; kk < D / 16; ++kk) {
      const int low = kk * 16 + column, high = low + 8;
      const Vec<uint32_t, 4> part{{pair(row, low, head_dim, sign), pair(row8, low, head_dim, sign), pair(row, high, head_dim, sign),
                                   pair(row8, high, head_dim, sign)}};
      if constexpr (kShared) {
        shared_[kk * 128 + thread_index()] = part;
      } else {
#pragma unroll
        for (int i = 0; i < 4; ++i) registers_[kk][i] = part[i];
      }
    }
  }
  HS_DEVICE void part(int kk, uint32_t (&to)[4]) const {
    if constexpr (kShared) {
      const Vec<uint32_t, 4> part = shared_[kk * 128 + thread_index()];
#pragma unroll
      for (int i = 0; i < 4; ++i) to[i] = part[i];
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i) to[i] = registers_[kk][i];
    }
  }

 private:
  HS_DEVICE static uint32_t pair(const float* row, int column, int head_dim, float sign) {
    if (!row || column >= head_dim) return 0;
    const Vec<float, 2> x = *reinterpret_cast<const Vec<float, 2>*>(row + column);
    return pack_bf16(x[0] * sign, x[1] * sign);
  }
  uint32_t registers_[kShared ? 1 : D / 16][4];
  Shared<Vec<uint32_t, 4>> shared_;
};

// s = queries . keys of the tile at `keys`.
template <int D>
HS_DEVICE void multiply_keys(const Queries<D>& queries, SharedAddress keys, float (&s)[8][4]) {
  const int lane = lane_index();
  // Blocks of ldmatrix: keys 0 .. 7 and 8 .. 15, each at columns 0 .. 7 and 8 .. 15.
  const SharedAddress row = keys + static_cast<uint32_t>((lane % 8 + lane / 16 * 8) * kTileStride<D> + lane / 8 % 2 * 8) * 2;
#pragma unroll
  for (int n = 0; n < 8; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) s[n][i] = 0;
  // Queries in registers need every index known; those in shared memory do not, and a short body keeps registers free.
#pragma unroll(Queries<D>::kShared ? 1 : D / 16)
  for (int kk = 0; kk < D / 16; ++kk) {
    uint32_t q[4];
    queries.part(kk, q);
#pragma unroll
    for (int n = 0; n < 8; n += 2) {
      uint32_t k[4];
      load_matrix_x4(k, row + static_cast<uint32_t>(n * 8 * kTileStride<D> + kk * 16) * 2);
      multiply_add(s[n], q, {k[0], k[1]});
      multiply_add(s[n + 1], q, {k[2], k[3]});
    }
  }
}

// out += weights . values of the tile at `values`; out[n]: columns 8 n + 2 t of the head.
template <int D>
HS_DEVICE void multiply_values(const float (&weights)[8][4], SharedAddress values, float (&out)[D / 8][4]) {
  const int lane = lane_index();
  // Blocks of ldmatrix, transposed: keys 0 .. 7 and 8 .. 15 at columns 0 .. 7, then at columns 8 .. 15.
  const SharedAddress row = values + static_cast<uint32_t>(lane % 16 * kTileStride<D> + lane / 16 * 8) * 2;
#pragma unroll
  for (int kk = 0; kk < 4; ++kk) {
    const uint32_t w[4] = {pack_bf16(weights[2 * kk][0], weights[2 * kk][1]), pack_bf16(weights[2 * kk][2], weights[2 * kk][3]),
                           pack_bf16(weights[2 * kk + 1][0], weights[2 * kk + 1][1]), pack_bf16(weights[2 * kk + 1][2], weights[2 * kk + 1][3])};
#pragma unroll
    for (int n = 0; n < D / 8; n += 2) {
      uint32_t v[4];
      load_matrix_x4_transposed(v, row + static_cast<uint32_t>(kk * 16 * kTileStride<D> + n * 8) * 2);
      multiply_add(out[n], w, {v[0], v[1]});
      multiply_add(out[n + 1], w, {v[2], v[3]});
    }
  }
}

// Which of a tile's 64 keys the row keeps. row < N; strip: the row's 16-row strip in the tile.
template <int kSlots>
HS_DEVICE uint64_t kept_keys(const MaskIndex& index, const TileQueue<kSlots>& queue, int slot, const QueuedTile& tile, int64_t row, int strip) {
  uint64_t kept = low_bits(tile.count);
  if (tile.gathered) {
    if (index.window <= 0) return kept;
    int hidden = 0, end = tile.count;  // the keys before the window, in a list that ascends
    while (hidden < end) {
      const int middle = (hidden + end) / 2;
      if (queue.gathered_key(slot, middle) <= row - index.window) hidden = middle + 1; else end = middle;
    }
    return kept & ~low_bits(hidden);
  }
  kept &= causal_keys(index.window, row, tile.key) & tile.kept;
  if (kept && index.kind == kMaskDiagonals) kept &= diagonal_keys(index, row, tile.key);
  if (index.kind == kMaskBlocks) {
    const uint64_t strips = tile.blocks >> (4 * strip) & 15;
    kept &= ((strips & 1) | (strips & 2) << 15 | (strips & 4) << 30 | (strips & 8) << 45) * 0xffff;
  }
  return kept;
}

// Scores of keys that are not kept become -infinity. kept: of rows g and g + 8.
HS_DEVICE void drop_keys(float (&s)[8][4], uint64_t kept, uint64_t kept8) {
  const int column = lane_index() % 4 * 2;
  const uint64_t of_row[2] = {kept >> column, kept8 >> column};
#pragma unroll
  for (int n = 0; n < 8; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (!(of_row[i / 2] >> (8 * n + i % 2) & 1)) s[n][i] = -kInfinity;
}

// The largest of a value over the four lanes that hold one row, and the sum: the same bits in each.
HS_DEVICE float row_max(float x) {
  x = fmaxf(x, shuffle_xor(x, 1));
  return fmaxf(x, shuffle_xor(x, 2));
}
HS_DEVICE float row_sum(float x) {
  x += shuffle_xor(x, 1);
  return x + shuffle_xor(x, 2);
}

// Online softmax in powers of two of rows g and g + 8. The state is the rounded product of the largest score with the scale,
// because 2^(state before - state) must be exactly 1 where it stays: it is multiplied in once a tile.
struct Softmax {
  float top[2] = {-kInfinity, -kInfinity};
  float total[2] = {0, 0};  // of this lane's keys

  // Turns scores into 2^(scale s - top) and gives what to multiply older sums by. scale > 0. Where a row's largest score in the tile
  // lies past +-most, its scores count as no farther than that: scale s - top is rounded once, at any size, but must not be off by
  // more than an exponent holds.
  HS_DEVICE void add(float (&s)[8][4], float scale, float most, float (&shrink)[2]) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float largest = -kInfinity;
#pragma unroll
      for (int n = 0; n < 8; ++n) largest = fmaxf(largest, fmaxf(s[n][2 * r], s[n][2 * r + 1]));
      largest = row_max(largest);
      if (fabsf(largest) > most && largest > -kInfinity) {
        largest = fminf(fmaxf(largest, -most), most);
#pragma unroll
        for (int n = 0; n < 8; ++n)
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            const float x = s[n][2 * r + i];
            s[n][2 * r + i] = x > -kInfinity ? fminf(fmaxf(x, -most), most) : x;
          }
      }
      const float now = fmaxf(top[r], largest * scale);
      const float base = now == -kInfinity ? 0 : now;  // no key kept so far: every weight is 2^-infinity
      shrink[r] = exp2_fast(top[r] - base);
      top[r] = now;
      float sum = 0;
#pragma unroll
      for (int n = 0; n < 8; ++n)
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          s[n][2 * r + i] = exp2_fast(fmaf(s[n][2 * r + i], scale, -base));
          sum += s[n][2 * r + i];
        }
      total[r] = total[r] * shrink[r] + sum;
    }
  }
};

}  // namespace headscope::cuda
