// The matrix product on Hopper: tensor copies feed products of warpgroups (sm_90a).
//
// A block stays on its processor and computes one tile of 128x256 outputs after another. Its third warpgroup is the producer: one thread
// brings stages of 64 columns of depth into a ring, as far ahead as the ring allows, across the end of a tile. The first two are consumers:
// each multiplies 64 rows of the stage with all 256 columns, first the low planes, then the high ones; a stage goes back to the producer when
// the products that read it have ended, one stage behind those that are issued. Two mbarriers a stage: `full` counts the bytes of its
// copies, `empty` one arrival of each consumer warp. Sums lie in registers, 128 a thread, and are stored to global memory from there, while
// the producer fills the ring for the next tile. Order of additions is fixed.
//
// Rows, columns and depth beyond the matrices are zeros that the tensor copies write. Tiles, stages and registers: gemm_tiles.h. A stage is
// 64 KiB in exact mode with weights of bfloat16. Never run on a device yet.
#include "gemm.h"
#include "gemm_store.h"
#include "gemm_tiles.h"
#include "ptx/barrier.h"
#include "ptx/tensor_copy.h"
#include "ptx/warpgroup.h"
#include "runtime.h"
#include "tensor_map.h"

namespace headscope::cuda {
namespace {

using Tile = HopperTile;

constexpr int kConsumers = 2, kWarpgroup = 128, kConsumerWarps = kConsumers * 4;
constexpr int kThreads = (kConsumers + 1) * kWarpgroup;
constexpr int kABytes = Tile::rows * Tile::depth * 2, kWBytes = Tile::columns * Tile::depth * 2;
constexpr int kRasterRows = 8;

struct HopperProblem {
  TensorMap a[2], w[2];
  GemmProblem p;
};

// The ring's stages from the start of shared memory, then its mbarriers; and the stage that comes next.
template <int kStages, uint32_t kStageBytes>
struct StageRing {
  int slot = 0;
  uint32_t parity = 0;  // of the phase of `full` that brings this stage

  HS_DEVICE SharedAddress stage() const { return shared_start() + static_cast<uint32_t>(slot) * kStageBytes; }
  HS_DEVICE SharedAddress full() const { return shared_start() + kStages * kStageBytes + static_cast<uint32_t>(slot) * 8; }
  HS_DEVICE SharedAddress empty() const { return full() + kStages * 8; }
  HS_DEVICE void advance() {
    if (++slot == kStages) {
      slot = 0;
      parity ^= 1;
    }
  }
};

template <int kAPlanes, int kWPlanes>
__global__ void __launch_bounds__(kThreads, 1) gemm_hopper_kernel(const __grid_constant__ HopperProblem h, int tiles_down, int tiles_across) {
  if constexpr (kHasHopper) {
    using Ring = StageRing<Tile::template stages<kAPlanes, kWPlanes>, Tile::template stage_bytes<kAPlanes, kWPlanes>>;
    constexpr int kStages = Tile::template stages<kAPlanes, kWPlanes>, kStageBytes = Tile::template stage_bytes<kAPlanes, kWPlanes>;
    const GemmProblem& p = h.p;
    const int tiles = tiles_down * tiles_across, steps = (p.depth + Tile::depth - 1) / Tile::depth, warpgroup = warp_index() / 4;

    if (thread_index() == 0) {
      Ring ring;
      for (int s = 0; s < kStages; ++s, ring.advance()) {
        init_mbarrier(ring.full(), 1);
        init_mbarrier(ring.empty(), kConsumerWarps);
      }
      fence_async_proxy();
    }
    sync_block();

    Ring ring;
    if (warpgroup == kConsumers) {
      lower_registers<Tile::producer_registers>();
      if (thread_index() == kConsumers * kWarpgroup) {
        for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
          const TilePlace place = tile_place(tile, tiles_down, tiles_across, kRasterRows);
          for (int step = 0; step < steps; ++step, ring.advance()) {
            wait_mbarrier(ring.empty(), ring.parity ^ 1);
            arrive_expecting(ring.full(), kStageBytes);
#pragma unroll
            for (int plane = 0; plane < kAPlanes; ++plane)
              copy_tensor_box(ring.stage() + plane * kABytes, h.a[plane], step * Tile::depth, place.down * Tile::rows, ring.full());
#pragma unroll
            for (int plane = 0; plane < kWPlanes; ++plane)
              copy_tensor_box(ring.stage() + kAPlanes * kABytes + plane * kWBytes, h.w[plane], step * Tile::depth, place.across * Tile::columns, ring.full());
          }
        }
      }
    } else {
      raise_registers<Tile::consumer_registers>();
      const int lane = lane_index(), rows_at = warpgroup * 64;
      for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
        const TilePlace place = tile_place(tile, tiles_down, tiles_across, kRasterRows);
        float sums[Tile::columns / 2];
#pragma unroll
        for (int i = 0; i < Tile::columns / 2; ++i) sums[i] = 0;
        Ring behind = ring;
        for (int step = 0; step < steps; ++step, ring.advance()) {
          wait_mbarrier(ring.full(), ring.parity);
          const SharedAddress a = ring.stage() + static_cast<uint32_t>(rows_at * Tile::depth * 2), w = ring.stage() + kAPlanes * kABytes;
          fence_sums();
#pragma unroll
          for (int column = 0; column < Tile::depth; column += 16) {
            const uint64_t high = tile_descriptor(a, column), weights = tile_descriptor(w, column);
            if constexpr (kAPlanes == 2) multiply_warpgroup(sums, tile_descriptor(a + kABytes, column), weights, true);
            if constexpr (kWPlanes == 2) multiply_warpgroup(sums, high, tile_descriptor(w + kWBytes, column), true);
            multiply_warpgroup(sums, high, weights, true);
          }
          commit_products();
          wait_products<1>();  // those of the step before
          if (step > 0) {
            if (lane == 0) arrive_mbarrier(behind.empty());
            behind.advance();
          }
        }
        wait_products<0>();
        settle(sums);
        if (lane == 0) arrive_mbarrier(behind.empty());

        const int row = place.down * Tile::rows + rows_at + warp_index() % 4 * 16 + lane / 4, column = place.across * Tile::columns + lane % 4 * 2;
#pragma unroll
        for (int i = 0; i < Tile::columns / 2; i += 2) store_pair(p, row + 8 * (i / 2 % 2), column + 8 * (i / 4), sums[i], sums[i + 1]);
      }
    }
  }
}

template <int kAPlanes, int kWPlanes>
hs_status run(const GemmProblem& p) {
  constexpr int kStages = Tile::template stages<kAPlanes, kWPlanes>;
  HopperProblem h{};
  h.p = p;
  for (int plane = 0; plane < kAPlanes; ++plane)
    if (const hs_status status = make_tensor_map(p.a.plane[plane], p.rows, p.a.ld, p.a.ld, Tile::rows, &h.a[plane]); status != HS_OK) return status;
  for (int plane = 0; plane < kWPlanes; ++plane)
    if (const hs_status status = make_tensor_map(p.w.plane[plane], p.columns, p.w.ld, p.w.ld, Tile::columns, &h.w[plane]); status != HS_OK) return status;
  const int down = (p.rows + Tile::rows - 1) / Tile::rows, across = (p.columns + Tile::columns - 1) / Tile::columns;
  const int64_t tiles = static_cast<int64_t>(down) * across;
  if (tiles > 0x7fffffff - device().processors) return fail(HS_INVALID, "gemm: more tiles than can be counted");
  return launch("gemm_hopper", gemm_hopper_kernel<kAPlanes, kWPlanes>,
                {tiles < device().processors ? tiles : device().processors, kThreads, kStages * (Tile::template stage_bytes<kAPlanes, kWPlanes> + 16)}, h, down, across);
}

}  // namespace

hs_status multiply_hopper(const GemmProblem& p) {
  if (p.w.count() == 2) return p.a.count() == 2 ? run<2, 2>(p) : fail(HS_INVALID, "gemm: two planes of weights need two of activations");
  return p.a.count() == 2 ? run<2, 1>(p) : run<1, 1>(p);
}

}  // namespace headscope::cuda
