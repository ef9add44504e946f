// Attention forward on mma.sync (sm_80 and later): a block is one 64-row tile of one head, its four warps 16 rows each.
//
// q [H, N, d], k, v [G, N, d] float32 are rounded to bfloat16 (k and v by a pass of their own, q when a block loads its rows);
// products accumulate in float32, the softmax is float32, its weights are rounded to bfloat16 before they meet the values.
// out [N, H d] float32, lse [H, N]. Any pattern is a stream of tiles of up to 64 keys (tile_queue.h): a contiguous range at any
// start, or gathered columns. Tiles of keys and of values come in turns through a ring of kStages buffers that cp.async fills ahead,
// one step a tile: while keys meet queries their values arrive, while values are added up the next keys do. A step begins with the
// one barrier that both shows what has arrived and frees the buffer of the step before. A warp none of whose rows keeps a key of
// the tile multiplies nothing.
//
// Numerics: a row that keeps no key gives 0 and -infinity; keys past N are zeros and masked; scores past 2^30 (in powers of two)
// count as that, infinity too; NaN stays in its row. No atomics and no order that depends on time: equal bits every run.
// Work: blocks of the head with most tiles first, in a head the longest rows first.
// Two blocks an SM are asked for: left to itself ptxas aims at three for some sizes, and spills.
// Registers: D / 2 of outputs, 32 of scores, D / 4 of queries (for D = 256 in shared memory). Never run on a device yet.
#include "attention_problem.h"
#include "attention_tile.h"
#include "ptx/async_copy.h"
#include "ptx/barrier.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 128;

// Buffers in the ring: what fits twice on an SM of the large chips, and once into the 99 KiB of the small ones.
template <int D>
constexpr int kStages = D <= 96 ? 4 : D <= 128 ? 3 : 2;
// Tiles that are looked for ahead of the one that is multiplied: those whose keys a step of it starts to copy.
template <int D>
constexpr int kAhead = kStages<D> == 2 ? 1 : 2;
template <int D>
constexpr int kSlots = kAhead<D> + 1;
template <int D>
constexpr int kSharedBytes = kStages<D> * kTileBytes<D> + Queries<D>::kBytes + TileQueue<kSlots<D>>::kBytes;

// Starts the copy of a tile of keys or values. from: [rows, head_dim] of the head.
template <int D>
HS_DEVICE void copy_tile(const Attention& a, const Bf16* from, const TileQueue<kSlots<D>>& queue, int slot, SharedAddress to) {
  const QueuedTile tile = queue.tile(slot);
  if (tile.count == 0) return;
  // kLanes threads a row, one 16-byte chunk each, then the next chunks of the same rows.
  constexpr int kChunks = D / 8, kLanes = kChunks < 8 ? kChunks : 8, kRowsAtOnce = kThreads / kLanes;
  const int chunk = thread_index() % kLanes;
  to += static_cast<uint32_t>(thread_index() / kLanes * kTileStride<D> + chunk * 8) * 2;
  from += chunk * 8;
#pragma unroll
  for (int i = 0; i < kTile / kRowsAtOnce; ++i) {
    const int t = i * kRowsAtOnce + thread_index() / kLanes;
    const bool there = t < tile.count;
    int64_t key = 0;
    if (there) key = tile.gathered ? queue.gathered_key(slot, t) : tile.key + t;
    const Bf16* row = from + key * a.head_dim;
#pragma unroll
    for (int c = 0; c < kChunks; c += kLanes)
      if (kChunks % kLanes == 0 || chunk + c < kChunks)
        copy_async_16(to + static_cast<uint32_t>(i * kRowsAtOnce * kTileStride<D> + c * 8) * 2, row + c * 8, there && (chunk + c) * 8 < a.head_dim ? 16 : 0);
  }
}

template <int D>
__global__ void __launch_bounds__(kThreads, 2) attention_kernel(const __grid_constant__ Attention a) {
  const SharedAddress buffers = shared_start();
  Queries<D> queries(buffers + kStages<D> * kTileBytes<D>);
  const TileQueue<kSlots<D>> queue(buffers + kStages<D> * kTileBytes<D> + Queries<D>::kBytes);

  const int32_t head = a.order[blockIdx.x / a.row_tiles];
  const int64_t m = a.row_tiles - 1 - blockIdx.x % a.row_tiles;
  const MaskIndex& index = a.masks[head];
  const int64_t of_group = head / a.group * a.rows * a.head_dim;  // where its keys and values begin

  const int strip = warp_index();
  const int64_t row = m * kTile + strip * 16 + lane_index() / 4, row8 = row + 8;
  const int64_t last = a.rows - 1;
  const float* of_head = a.q + head * a.rows * a.head_dim;
  queries.load(row <= last ? of_head + row * a.head_dim : nullptr, row8 <= last ? of_head + row8 * a.head_dim : nullptr, a.head_dim, a.scale.sign);

  // Step 2 j is the keys of tile j, step 2 j + 1 its values; each is a group of copies, empty past the last tile.
  const auto begin_step = [&](int tile, bool of_values, int step) {
    if (!of_values || a.v) copy_tile<D>(a, (of_values ? a.v : a.k) + of_group, queue, tile % kSlots<D>, buffers + static_cast<uint32_t>(step % kStages<D> * kTileBytes<D>));
    commit_copies();
  };
  const auto plan = [&](int tile) {
    if (warp_index() == 0) queue.advance(index, m, a.rows, tile % kSlots<D>);
  };
  if (warp_index() == 0) {
    queue.start(index, m, a.cancel);
    sync_warp();
#pragma unroll 1
    for (int tile = 0; tile < kAhead<D>; ++tile) {
      queue.advance(index, m, a.rows, tile);
      sync_warp();
    }
  }
  sync_block();
#pragma unroll
  for (int step = 0; step < kStages<D> - 1; ++step) begin_step(step / 2, step % 2, step);

  Softmax softmax;
  float out[D / 8][4];
#pragma unroll
  for (int n = 0; n < D / 8; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) out[n][i] = 0;

  int j = 0;
  for (;; ++j) {
    const int slot = j % kSlots<D>;
    wait_copies<kStages<D> - 2>();
    sync_block();
    const QueuedTile tile = queue.tile(slot);
    if (tile.count == 0) break;
    begin_step(j + (kStages<D> - 1) / 2, (kStages<D> - 1) % 2, 2 * j + kStages<D> - 1);
    plan(j + kAhead<D>);

    uint64_t kept = ~0ull, kept8 = ~0ull;
    const bool masked = tile.masked || tile.count < kTile;
    if (masked) {
      // Rows past N take the last one's part: what they get is not stored.
      kept = kept_keys(index, queue, slot, tile, row < last ? row : last, strip);
      kept8 = kept_keys(index, queue, slot, tile, row8 < last ? row8 : last, strip);
    }
    const bool any = ballot((kept | kept8) != 0) != 0;
    float s[8][4];
    if (any) {
      multiply_keys<D>(queries, buffers + static_cast<uint32_t>(2 * j % kStages<D> * kTileBytes<D>), s);
      if (a.scale.to_tanh > 0) {
#pragma unroll
        for (int n = 0; n < 8; ++n)
#pragma unroll
          for (int i = 0; i < 4; ++i) s[n][i] = a.scale.bend(s[n][i]);
      }
      if (masked) drop_keys(s, kept, kept8);
      float shrink[2];
      softmax.add(s, a.scale.factor, a.most, shrink);
#pragma unroll
      for (int n = 0; n < D / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) out[n][i] *= shrink[i / 2];
    }

    wait_copies<kStages<D> - 2>();
    sync_block();
    begin_step(j + kStages<D> / 2, kStages<D> % 2, 2 * j + kStages<D>);
    if (any && a.v) multiply_values<D>(s, buffers + static_cast<uint32_t>((2 * j + 1) % kStages<D> * kTileBytes<D>), out);
  }
  wait_copies<0>();

#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const float total = row_sum(softmax.total[r]);
    const int64_t i = r ? row8 : row;
    if (i > last) continue;
    if (a.lse && lane_index() % 4 == 0) a.lse[head * a.rows + i] = (softmax.top[r] + log2f(total)) * 0.6931471805599453f;
    if (!a.v) continue;
    const float share = total > 0 || total != total ? 1 / total : 0;
    float* to = a.out + i * a.out_stride + int64_t{head} * a.head_dim + lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < D / 8; ++n)
      if (n * 8 < a.head_dim) *reinterpret_cast<Vec<float, 2>*>(to + n * 8) = {{out[n][2 * r] * share, out[n][2 * r + 1] * share}};
  }
  if (a.executed && thread_index() == 0) a.executed[head * a.row_tiles + m] = j;
}

template <int D>
hs_status launch_for(const Attention& a) {
  return launch("attention", attention_kernel<D>, {a.heads * a.row_tiles, kThreads, kSharedBytes<D>}, a);
}

}  // namespace

hs_status attend_mma(const Attention& a) {
  if (a.head_dim <= 32) return launch_for<32>(a);
  if (a.head_dim <= 64) return launch_for<64>(a);
  if (a.head_dim <= 80) return launch_for<80>(a);
  if (a.head_dim <= 96) return launch_for<96>(a);
  if (a.head_dim <= 128) return launch_for<128>(a);
  return launch_for<256>(a);
}

}  // namespace headscope::cuda
