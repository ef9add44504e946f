// The 256 x 256 overviews of all heads, exact: scores once more, with the rows' log-sum-exp known, as sums and maxima of probabilities.
//
// A pass of its own over the tile streams of attention, keys alone, so that attention keeps its registers; two buffers of keys, the next
// tile's are copied while this one's are multiplied. Cells are met by many blocks: sums go there as integers of 2^-40, maxima as the bits
// of floats, both by atomics whose results no order changes. Where a warp's 16 rows share a row bin and the tile's keys a key bin,
// which at 16K tokens and more is most tiles, 1024 probabilities become one addition; where only the rows do, one a key; else one each.
// Three blocks an SM are asked for, because ptxas by itself aims at four and spills. A sum is exact to 2^-40 a term and at most 2^24. Never run on a device yet.
#include "overview.h"

#include "device_array.h"
#include "kernels/common/overview_bins.h"
#include "ptx/async_copy.h"
#include "ptx/atomic.h"
#include "ptx/barrier.h"
#include "runtime.h"
#include "score_tile.h"

namespace headscope::cuda {
namespace {

constexpr int kSlots = 3, kConvertThreads = 256;
constexpr int64_t kCells = int64_t{kBins} * kBins;
constexpr float kLog2E = 1.4426950408889634f;

HS_DEVICE void add_to_cell(const Overview& o, int64_t cell, float sum, float most) {
  if (!(most > 0)) return;
  atomic_add(o.fixed + cell, static_cast<uint64_t>(sum * 0x1p40f));
  atomic_max(o.max + cell, bits_of_float(most));
}

HS_DEVICE void copy_keys(const Overview& o, const Bf16* keys, const TileQueue<kSlots>& queue, int slot, const ScoreTile& tile, int buffer) {
  const QueuedTile next = queue.tile(slot);
  const int chunks = tile.chunks_of_row();
  if (next.count > 0)
    for (int at = thread_index(); at < kTile * chunks; at += ScoreTile::kThreads) {
      const int t = at / chunks, chunk = at % chunks;
      const bool there = t < next.count && chunk * 8 < o.head_dim;
      int64_t key = 0;
      if (there) key = next.gathered ? queue.gathered_key(slot, t) : next.key + t;
      copy_async_16(tile.keys().address(tile.key_chunk(buffer, t, chunk)), keys + key * o.head_dim + (there ? chunk * 8 : 0), there ? 16 : 0);
    }
  commit_copies();
}

// p: probabilities of rows `row` and row + 8 of each lane and keys of the tile, 0 where not kept. cells: of the head.
HS_DEVICE void add_probabilities(const Overview& o, int64_t cells, int64_t strip_row, const QueuedTile& tile, const TileQueue<kSlots>& queue, int slot,
                                 const float (&p)[8][4]) {
  const int64_t past = strip_row + 16 < o.rows ? strip_row + 16 : o.rows;
  const int64_t row_bin = bin_of(strip_row, o.rows), column = lane_index() % 4 * 2;
  const bool one_row_bin = bin_of(past - 1, o.rows) == row_bin;
  if (one_row_bin && !tile.gathered && bin_of(tile.key, o.rows) == bin_of(tile.key + tile.count - 1, o.rows)) {
    float sum = 0, most = 0;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        sum += p[n][i];
        most = fmaxf(most, p[n][i]);
      }
    sum = warp_sum(sum);
    most = warp_max(most);
    if (lane_index() == 0) add_to_cell(o, cells + row_bin * kBins + bin_of(tile.key, o.rows), sum, most);
    return;
  }
#pragma unroll
  for (int n = 0; n < 8; ++n)
#pragma unroll
    for (int e = 0; e < 2; ++e) {
      const int t = 8 * n + static_cast<int>(column) + e;
      const bool there = t < tile.count;
      int64_t key = 0;
      if (there) key = tile.gathered ? queue.gathered_key(slot, t) : tile.key + t;
      if (one_row_bin) {
        float sum = p[n][e] + p[n][2 + e], most = fmaxf(p[n][e], p[n][2 + e]);
#pragma unroll
        for (int bits = 4; bits < kWarp; bits *= 2) {
          sum += shuffle_xor(sum, bits);
          most = fmaxf(most, shuffle_xor(most, bits));
        }
        if (there && lane_index() < 4) add_to_cell(o, cells + row_bin * kBins + bin_of(key, o.rows), sum, most);
      } else if (there) {
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          const int64_t i = strip_row + lane_index() / 4 + 8 * r;
          if (i < o.rows) add_to_cell(o, cells + bin_of(i, o.rows) * kBins + bin_of(key, o.rows), p[n][2 * r + e], p[n][2 * r + e]);
        }
      }
    }
}

__global__ void __launch_bounds__(ScoreTile::kThreads, 3) overview_kernel(const __grid_constant__ Overview o) {
  const TileQueue<kSlots> queue(shared_start());
  const ScoreTile tiles(shared_start() + (TileQueue<kSlots>::kBytes + 15) / 16 * 16, o.head_dim, 2);
  const int32_t head = o.order[blockIdx.x / o.row_tiles];
  const int64_t m = o.row_tiles - 1 - blockIdx.x % o.row_tiles, row0 = m * kTile, last = o.rows - 1;
  const MaskIndex& index = o.masks[head];
  const Bf16* keys = o.k + head / o.group * o.rows * o.head_dim;
  tiles.load_queries(o.q + (head * o.rows + row0) * o.head_dim, o.rows - row0, o.scale.sign);
  if (warp_index() == 0) {
    queue.start(index, m, o.cancel);
    sync_warp();
    for (int tile = 0; tile < 2; ++tile) {
      queue.advance(index, m, o.rows, tile);
      sync_warp();
    }
  }
  sync_block();
  copy_keys(o, keys, queue, 0, tiles, 0);

  const int strip = warp_index();
  const int64_t strip_row = row0 + strip * 16, row = strip_row + lane_index() / 4, row8 = row + 8;
  const float lse = row <= last ? o.lse[head * o.rows + row] * kLog2E : 0, lse8 = row8 <= last ? o.lse[head * o.rows + row8] * kLog2E : 0;
  for (int j = 0;; ++j) {
    const int slot = j % kSlots;
    wait_copies<0>();
    sync_block();
    const QueuedTile tile = queue.tile(slot);
    if (tile.count == 0) break;
    copy_keys(o, keys, queue, (j + 1) % kSlots, tiles, (j + 1) % 2);
    if (warp_index() == 0) queue.advance(index, m, o.rows, (j + 2) % kSlots);

    // Rows past N keep nothing here: they are in no bin.
    const uint64_t kept = row <= last ? kept_keys(index, queue, slot, tile, row, strip) : 0;
    const uint64_t kept8 = row8 <= last ? kept_keys(index, queue, slot, tile, row8, strip) : 0;
    if (ballot((kept | kept8) != 0) == 0) continue;
    float p[8][4];
    tiles.multiply(j % 2, p);
    const int column = lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const bool keeps = (i < 2 ? kept : kept8) >> (8 * n + column + i % 2) & 1;
        p[n][i] = keeps ? fminf(exp2_fast(o.scale.log2(p[n][i]) - (i < 2 ? lse : lse8)), 1.0f) : 0.0f;
      }
    add_probabilities(o, head * kCells, strip_row, tile, queue, slot, p);
  }
  wait_copies<0>();
}

__global__ void __launch_bounds__(kConvertThreads) clear_overview_kernel(uint64_t* fixed, uint32_t* max, int64_t cells) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kConvertThreads + thread_index();
  if (i >= cells) return;
  fixed[i] = 0;
  max[i] = 0;
}
__global__ void __launch_bounds__(kConvertThreads) finish_overview_kernel(const uint64_t* fixed, int64_t cells, float* sum) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kConvertThreads + thread_index();
  if (i < cells) sum[i] = static_cast<float>(static_cast<double>(fixed[i]) * 0x1p-40);
}

}  // namespace

hs_status overview(Overview o, float* sum, float* max) {
  const int64_t cells = o.heads * kCells, blocks = cells / kConvertThreads;
  DeviceArray<uint64_t> fixed;
  if (const hs_status status = fixed.make(cells); status != HS_OK) return status;
  o.fixed = fixed.data();
  o.max = reinterpret_cast<uint32_t*>(max);
  const int64_t shared = (TileQueue<kSlots>::kBytes + 15) / 16 * 16 + ScoreTile::shared_bytes(o.head_dim, 2);
  hs_status status = launch("clear_overview", clear_overview_kernel, {blocks, kConvertThreads}, o.fixed, o.max, cells);
  if (status == HS_OK) status = launch("overview", overview_kernel, {o.heads * o.row_tiles, ScoreTile::kThreads, shared}, o);
  return status == HS_OK ? launch("finish_overview", finish_overview_kernel, {blocks, kConvertThreads}, o.fixed, cells, sum) : status;
}

}  // namespace headscope::cuda
