// The tiles that the matrix product is cut into, by architecture: the one table of sizes.
//
// A stage holds `depth` columns of the tile's rows of every plane. Shared memory that a block may have:
// 163 KiB on sm_80, 99 KiB on sm_86 and sm_89, 227 KiB on sm_90.
#pragma once

#include <cstdint>

namespace headscope::cuda {

template <int kRows, int kColumns, int kWarpsDown, int kWarpsAcross>
struct MmaTile {
  static constexpr int rows = kRows, columns = kColumns, depth = 32;
  static constexpr int warps_down = kWarpsDown, warps_across = kWarpsAcross;
  static constexpr int threads = 32 * kWarpsDown * kWarpsAcross;
  static constexpr int warp_rows = kRows / kWarpsDown, warp_columns = kColumns / kWarpsAcross;
  // Of one stage with so many planes of activations and of weights.
  template <int kAPlanes, int kWPlanes>
  static constexpr int stage_bytes = (kAPlanes * kRows + kWPlanes * kColumns) * depth * 2;
};
// A warp's tile of 64x32 needs 10 ldmatrix for 32 mma in exact mode; 64 sums a thread.
using LargeTile = MmaTile<128, 128, 2, 4>;
// For few rows or columns: four times the blocks.
using SmallTile = MmaTile<64, 64, 2, 2>;

// Stages in flight, 3 (one computed on, one waited for, one being filled) or 4. Two blocks a processor come first, as one computes while the
// other waits; then the fourth stage. In exact mode with weights of bfloat16 (24 KiB a stage): sm_80 two blocks of 3, sm_86 and sm_89 one
// of 4, sm_90 two of 4.
constexpr int mma_stages(int64_t shared_bytes, int stage_bytes) {
  if (2 * 4 * stage_bytes <= shared_bytes) return 4;
  if (2 * 3 * stage_bytes <= shared_bytes) return 3;
  return 4 * stage_bytes <= shared_bytes ? 4 : 3;
}
// Large tiles are taken where they fill so much of the device: below it, small ones end sooner.
constexpr bool large_tiles_fill(int64_t tiles, int processors) { return 4 * tiles >= 3 * static_cast<int64_t>(processors); }


// On Hopper: two consumer warpgroups of 64 rows, 128 sums a thread, and a producer. Registers: 2 * 128 * 232 + 128 * 40 = 64512 of 65536.
struct HopperTile {
  static constexpr int rows = 128, columns = 256, depth = 64;
  static constexpr int consumer_registers = 232, producer_registers = 40;
  template <int kAPlanes, int kWPlanes>
  static constexpr int stage_bytes = (kAPlanes * rows + kWPlanes * columns) * depth * 2;
  // What 227 KiB hold: 4 of 48 KiB (fast), 3 of 64 (exact), 2 of 96 (exact with weights of float32 or half).
  template <int kAPlanes, int kWPlanes>
  static constexpr int stages = 226 * 1024 / stage_bytes<kAPlanes, kWPlanes>;
};

}  // namespace headscope::cuda
