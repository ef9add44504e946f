// Scores of 64 query rows and 64 keys in a block of four warps, for kernels that need no outputs: one code for every head_dim, whose
// steps of 16 columns are counted at run time. attention_tile.h has the lanes' layout of scores.
#pragma once

#include "attention_tile.h"

namespace headscope::cuda {

class ScoreTile {
 public:
  static constexpr int kThreads = 128;

  // Shared memory: the queries as left factors, each thread's own, then `buffers` tiles of keys with rows of an odd number of 16-byte chunks.
  HS_HOST_DEVICE static int64_t shared_bytes(int head_dim, int buffers) {
    const int64_t steps = (head_dim + 15) / 16;
    return steps * kThreads * 16 + buffers * kTile * (2 * steps | 1) * 16;
  }

  HS_DEVICE ScoreTile(SharedAddress at, int head_dim, int buffers)
      : head_dim_(head_dim),
        steps_((head_dim + 15) / 16),
        chunks_(2 * steps_ | 1),
        queries_(at, steps_ * kThreads),
        keys_(at + static_cast<uint32_t>(steps_ * kThreads * 16), buffers * kTile * chunks_) {}

  // Rows [0, count) of [64, head_dim] float32, the rest zeros; times `sign`. Each thread keeps what it needs itself.
  HS_DEVICE void load_queries(const float* rows, int64_t count, float sign) const {
    load_rows([&](int r) { return r < count ? rows + static_cast<int64_t>(r) * head_dim_ : nullptr; }, sign);
  }
  // The same of 64 rows anywhere: row_at(r) is where row r lies, or nullptr.
  template <class RowAt>
  HS_DEVICE void load_rows(RowAt row_at, float sign) const {
    const int row = warp_index() * 16 + lane_index() / 4, column = lane_index() % 4 * 2;
    const float* const of_lane[2] = {row_at(row), row_at(row + 8)};
    for (int kk = 0; kk < steps_; ++kk) {
      Vec<uint32_t, 4> part;
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int c = kk * 16 + i / 2 * 8 + column;
        part[i] = 0;
        if (of_lane[i % 2] && c < head_dim_) {
          const Vec<float, 2> x = *reinterpret_cast<const Vec<float, 2>*>(of_lane[i % 2] + c);
          part[i] = pack_bf16(x[0] * sign, x[1] * sign);
        }
      }
      queries_[kk * kThreads + thread_index()] = part;
    }
  }

  // Columns of a row of keys in memory that hold something: 16-byte chunks of bfloat16.
  HS_DEVICE int chunks_of_row() const { return 2 * steps_; }
  // Where chunk `chunk` of key t of a buffer lies.
  HS_DEVICE int key_chunk(int buffer, int t, int chunk) const { return (buffer * kTile + t) * chunks_ + chunk; }
  HS_DEVICE const Shared<Vec<uint32_t, 4>>& keys() const { return keys_; }

  // s = queries . keys of a buffer.
  HS_DEVICE void multiply(int buffer, float (&s)[8][4]) const {
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) s[n][i] = 0;
    const int of_lane = key_chunk(buffer, lane_index() % 8 + lane_index() / 16 * 8, lane_index() / 8 % 2);
#pragma unroll 1
    for (int kk = 0; kk < steps_; ++kk) {
      const Vec<uint32_t, 4> part = queries_[kk * kThreads + thread_index()];
      const uint32_t q[4] = {part[0], part[1], part[2], part[3]};
#pragma unroll
      for (int n = 0; n < 8; n += 2) {
        uint32_t k[4];
        load_matrix_x4(k, keys_.address(of_lane + n * 8 * chunks_ + kk * 2));
        multiply_add(s[n], q, {k[0], k[1]});
        multiply_add(s[n + 1], q, {k[2], k[3]});
      }
    }
  }

 private:
  int head_dim_, steps_, chunks_;
  Shared<Vec<uint32_t, 4>> queries_, keys_;
};

}  // namespace headscope::cuda
