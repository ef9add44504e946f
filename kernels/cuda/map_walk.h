// The probabilities of one head, 64 keys by 64 rows at a time: what every pass over a map is made of.
//
// P(i, j) = exp(score(i, j) - lse[i]) of the scores that attention.cu multiplies: queries and keys rounded to bfloat16, products summed
// in float32. A log-sum-exp of attention belongs to those scores and to no others, so rows sum to 1 (docs/decisions/cuda-maps.md).
//
// A block of four warps has 64 keys, contiguous or gathered, as left factors (score_tile.h) and walks down a range of rows, which
// cp.async brings in tiles of 64, two buffers where a head is small enough. Of lane 4 g + t of warp w, p[n][0..1] are key 16 w + g and
// rows 8 n + 2 t, + 1 of the tile, p[n][2..3] key 16 w + g + 8. With a mask, 64 threads find what each row drops while the tile
// before is multiplied, and a warp none of whose keys is dropped multiplies nothing.
#pragma once

#include "ptx/async_copy.h"
#include "ptx/barrier.h"
#include "score_scale.h"
#include "score_tile.h"

namespace headscope::cuda {

struct MapPass {
  const float* k;         // [n, head_dim]: the head's keys
  const Bf16* q;          // [q1 - q0, head_dim]: the head's rows [q0, q1)
  const float* lse;       // [n]
  const MaskIndex* mask;  // nullptr: every causal pair counts; else those that it drops
  int64_t q0, q1, window;
  int32_t head_dim, buffers;
  ScoreScale scale;
  float natural;          // times bend(sign q.k): the score
};

class MapWalk {
 public:
  static constexpr int kThreads = ScoreTile::kThreads;
  static constexpr int32_t kNoKey = 0x7fffffff;

  HS_HOST_DEVICE static int64_t shared_bytes(const MapPass& a) {
    return ScoreTile::shared_bytes(a.head_dim, a.buffers) + a.buffers * kTile * (4 + (a.mask ? 8 : 0));
  }

  HS_DEVICE MapWalk(const MapPass& a, SharedAddress at)
      : a_(a),
        tile_(at, a.head_dim, a.buffers),
        lse_(at + static_cast<uint32_t>(ScoreTile::shared_bytes(a.head_dim, a.buffers)), a.buffers * kTile),
        dropped_(at + static_cast<uint32_t>(ScoreTile::shared_bytes(a.head_dim, a.buffers)) + static_cast<uint32_t>(a.buffers * kTile * 4), a.buffers * kTile) {}

  // The block's keys, all threads: key_of(r) for r in [0, count), ascending. With a mask they are contiguous.
  template <class KeyOf>
  HS_DEVICE void load_keys(int count, KeyOf key_of) {
    const int of_lane = warp_index() * 16 + lane_index() / 4;
#pragma unroll
    for (int r = 0; r < 2; ++r) key_[r] = of_lane + 8 * r < count ? key_of(of_lane + 8 * r) : kNoKey;
    count_ = count;
    first_ = key_of(0);
    last_ = key_of(count - 1);
    tile_.load_rows([&](int r) { return r < count ? a_.k + static_cast<int64_t>(key_of(r)) * a_.head_dim : nullptr; }, a_.scale.sign);
  }
  // Key 16 w + g + 8 r of this thread, or kNoKey.
  HS_DEVICE int32_t key(int r) const { return key_[r]; }

  // The rows of [first, past) from which on any of the keys is seen, and before which.
  HS_DEVICE int64_t first_row(int64_t first) const { return first > first_ ? first : first_; }
  HS_DEVICE int64_t past_row(int64_t past) const {
    return a_.window > 0 && last_ + a_.window < past ? last_ + a_.window : past;
  }

  // visit(row0, p) for the tiles of rows [first, past), first to last; p is 0 where a row does not see a key, where the mask keeps it, and
  // past the last row. All threads of the block call it, and visit may use barriers.
  template <class Visit>
  HS_DEVICE void rows(int64_t first, int64_t past, Visit visit) const {
    if (first >= past) return;
    int buffer = 0;
    begin(first, past, 0);
    for (int64_t row0 = first; row0 < past; row0 += kTile) {
      wait_copies<0>();
      sync_block();
      const bool more = row0 + kTile < past;
      if (more && a_.buffers == 2) begin(row0 + kTile, past, 1 - buffer);
      float p[8][4];
      probabilities(row0, past, buffer, p);
      visit(row0, p);
      if (a_.buffers == 2) {
        buffer = 1 - buffer;
      } else if (more) {
        sync_block();
        begin(row0 + kTile, past, 0);
      }
    }
  }

 private:
  // Starts the copy of a tile of rows, and finds what they drop.
  HS_DEVICE void begin(int64_t row0, int64_t past, int buffer) const {
    const int chunks = tile_.chunks_of_row();
    const Bf16* rows = a_.q + (row0 - a_.q0) * a_.head_dim;
    for (int at = thread_index(); at < kTile * chunks; at += kThreads) {
      const int t = at / chunks, chunk = at % chunks;
      const bool there = row0 + t < past && chunk * 8 < a_.head_dim;
      copy_async_16(tile_.keys().address(tile_.key_chunk(buffer, t, chunk)), rows + (there ? t * a_.head_dim + chunk * 8 : 0), there ? 16 : 0);
    }
    const int t = thread_index() % kTile;
    const bool there = row0 + t < past;
    if (thread_index() < kTile) copy_async_4(lse_.address(buffer * kTile + t), a_.lse + (there ? row0 + t : 0), there ? 4 : 0);
    commit_copies();
    if (a_.mask && thread_index() >= kTile) dropped_[buffer * kTile + t] = there ? dropped_keys(row0 + t) : 0;
  }

  HS_DEVICE uint64_t dropped_keys(int64_t row) const {
    return causal_keys(a_.window, row, first_) & low_bits(count_) & ~row_mask(*a_.mask, row, first_);
  }

  HS_DEVICE void probabilities(int64_t row0, int64_t past, int buffer, float (&p)[8][4]) const {
    constexpr float kLog2E = 1.4426950408889634f;
    if (a_.mask) {
      const uint64_t low = dropped_[buffer * kTile + lane_index()], high = dropped_[buffer * kTile + kWarp + lane_index()];
      if (ballot(((low | high) >> (16 * warp_index()) & 0xffff) != 0) == 0) {
#pragma unroll
        for (int n = 0; n < 8; ++n)
#pragma unroll
          for (int i = 0; i < 4; ++i) p[n][i] = 0;
        return;
      }
    }
    tile_.multiply(buffer, p);
    const int column = lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        const float lse = lse_[buffer * kTile + 8 * n + column + e];
#pragma unroll
        for (int r = 0; r < 2; ++r) p[n][2 * r + e] = exp2_fast(fmaf(a_.scale.bend(p[n][2 * r + e]), a_.natural, -lse) * kLog2E);
      }
    if (a_.mask) {
      const int bit = warp_index() * 16 + lane_index() / 4;
#pragma unroll
      for (int n = 0; n < 8; ++n)
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const uint64_t word = dropped_[buffer * kTile + 8 * n + column + e];
#pragma unroll
          for (int r = 0; r < 2; ++r)
            if (!(word >> (bit + 8 * r) & 1)) p[n][2 * r + e] = 0;
        }
      return;
    }
    const bool whole = count_ == kTile && row0 >= last_ && row0 + kTile <= past && (a_.window <= 0 || row0 + kTile - 1 - first_ < a_.window);
    if (whole) return;
    const int row = static_cast<int>(row0) + column, end = static_cast<int>(past);
    const int64_t reach = a_.window > 0 ? a_.window : a_.q1;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int of = row + 8 * n + i % 2, distance = of - key_[i / 2];
        if (of >= end || distance < 0 || distance >= reach) p[n][i] = 0;
      }
  }

  const MapPass& a_;
  ScoreTile tile_;
  Shared<float> lse_;
  Shared<uint64_t> dropped_;
  int64_t first_ = 0, last_ = 0;
  int count_ = 0;
  int32_t key_[2] = {kNoKey, kNoKey};
};

}  // namespace headscope::cuda
