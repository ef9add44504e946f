// The matrix product on mma.sync (sm_80 and later).
//
// A block computes one tile of outputs; 32 columns of depth are a stage, and gemm_tiles.h says how many are under way by cp.async. A row of a
// stage is 64 bytes, four chunks of 16; chunk c of row r lies at c ^ (r / 2 % 4), so that the 8 rows of an ldmatrix, and the 8 chunks that a
// quarter of a warp copies, touch each of the 32 banks once. A warp holds its tile's sums in registers and adds, for every 16 columns of
// depth, first the products of the low planes, then those of the high ones. Order of additions is fixed: same input, same bits.
//
// Rows, columns and depth that fill no tile are zeros in shared memory; sums of rows and columns that do not exist are not stored. A NaN
// stays in its row or column. 64 registers of sums a thread for large tiles, 32 for small ones. Never run on a device yet.
#include "gemm.h"
#include "gemm_store.h"
#include "gemm_tiles.h"
#include "ptx/async_copy.h"
#include "ptx/barrier.h"
#include "ptx/matrix.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kRowBytes = 64, kChunks = 4;  // of a row of a stage
constexpr int kRasterRows = 8;              // of tile_place()

HS_DEVICE SharedAddress chunk_address(SharedAddress tile, int row, int chunk) {
  return tile + static_cast<uint32_t>(row * kRowBytes + ((chunk ^ (row >> 1 & 3)) << 4));
}

// Rows [row, row + kRows) x columns [column, column + 32) of a plane to shared memory, zeros where there are none.
template <int kRows, int kThreads>
HS_DEVICE void copy_tile(SharedAddress to, const Bf16* plane, int64_t ld, int row, int rows, int column) {
#pragma unroll
  for (int i = 0; i < kRows * kChunks / kThreads; ++i) {
    const int piece = i * kThreads + thread_index(), r = piece / kChunks, chunk = piece % kChunks, c = column + 8 * chunk;
    const bool there = row + r < rows && c < ld;
    copy_async_16(chunk_address(to, r, chunk), there ? plane + (row + r) * ld + c : plane, there ? 16 : 0);
  }
}

template <class Tile, int kAPlanes, int kWPlanes>
HS_DEVICE void copy_stage(SharedAddress stage, const GemmProblem& p, int row, int column, int depth) {
  constexpr int kABytes = Tile::rows * kRowBytes, kWBytes = Tile::columns * kRowBytes;
#pragma unroll
  for (int plane = 0; plane < kAPlanes; ++plane)
    copy_tile<Tile::rows, Tile::threads>(stage + static_cast<uint32_t>(plane * kABytes), p.a.plane[plane], p.a.ld, row, p.rows, depth);
#pragma unroll
  for (int plane = 0; plane < kWPlanes; ++plane)
    copy_tile<Tile::columns, Tile::threads>(stage + static_cast<uint32_t>(kAPlanes * kABytes + plane * kWBytes), p.w.plane[plane], p.w.ld, column, p.columns, depth);
}

// The fragments of 16 columns of depth, from `chunk` on: A of every 16 rows, B of every 8 columns of the warp's tile.
template <int kTiles>
HS_DEVICE void load_a(uint32_t (&to)[kTiles][4], SharedAddress tile, int row, int chunk) {
  const int lane = lane_index();
#pragma unroll
  for (int i = 0; i < kTiles; ++i) load_matrix_x4(to[i], chunk_address(tile, row + 16 * i + lane % 16, chunk + lane / 16));
}
template <int kTiles>
HS_DEVICE void load_b(uint32_t (&to)[kTiles][2], SharedAddress tile, int column, int chunk) {
  const int lane = lane_index();
#pragma unroll
  for (int i = 0; i < kTiles; i += 2) {
    uint32_t both[4];
    load_matrix_x4(both, chunk_address(tile, column + 8 * i + lane / 16 * 8 + lane % 8, chunk + lane / 8 % 2));
    to[i][0] = both[0];
    to[i][1] = both[1];
    to[i + 1][0] = both[2];
    to[i + 1][1] = both[3];
  }
}

template <int kM, int kN>
HS_DEVICE void multiply(float (&sums)[kM][kN][4], const uint32_t (&a)[kM][4], const uint32_t (&b)[kN][2]) {
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int n = 0; n < kN; ++n) multiply_add(sums[m][n], a[m], b[n]);
}

template <class Tile, int kAPlanes, int kWPlanes>
__global__ void __launch_bounds__(Tile::threads) gemm_mma_kernel(const __grid_constant__ GemmProblem p, int stages) {
  constexpr int kM = Tile::warp_rows / 16, kN = Tile::warp_columns / 8;
  constexpr int kABytes = Tile::rows * kRowBytes, kWBytes = Tile::columns * kRowBytes;
  constexpr uint32_t kStage = Tile::template stage_bytes<kAPlanes, kWPlanes>;

  const int tiles_down = (p.rows + Tile::rows - 1) / Tile::rows, tiles_across = (p.columns + Tile::columns - 1) / Tile::columns;
  const TilePlace place = tile_place(static_cast<int>(blockIdx.x), tiles_down, tiles_across, kRasterRows);
  const int row = place.down * Tile::rows, column = place.across * Tile::columns;

  const int steps = (p.depth + Tile::depth - 1) / Tile::depth;
  for (int s = 0; s < stages - 1; ++s) {
    if (s < steps) copy_stage<Tile, kAPlanes, kWPlanes>(shared_start() + s * kStage, p, row, column, s * Tile::depth);
    commit_copies();
  }

  const int warp_row = warp_index() / Tile::warps_across * Tile::warp_rows, warp_column = warp_index() % Tile::warps_across * Tile::warp_columns;
  float sums[kM][kN][4] = {};
  int slot = 0, fill = stages - 1;
  for (int step = 0; step < steps; ++step) {
    if (stages == 4) wait_copies<2>();
    else wait_copies<1>();
    sync_block();  // the stage is there for all, and all have left the one that is filled now
    if (const int next = step + stages - 1; next < steps)
      copy_stage<Tile, kAPlanes, kWPlanes>(shared_start() + fill * kStage, p, row, column, next * Tile::depth);
    commit_copies();
    const SharedAddress stage = shared_start() + slot * kStage, weights = stage + kAPlanes * kABytes;
#pragma unroll
    for (int chunk = 0; chunk < kChunks; chunk += 2) {
      uint32_t b[kN][2], a[kM][4];
      load_b(b, weights, warp_column, chunk);
      if constexpr (kAPlanes == 2) {
        load_a(a, stage + kABytes, warp_row, chunk);
        multiply(sums, a, b);
      }
      load_a(a, stage, warp_row, chunk);
      if constexpr (kWPlanes == 2) {
        uint32_t b_low[kN][2];
        load_b(b_low, weights + kWBytes, warp_column, chunk);
        multiply(sums, a, b_low);
      }
      multiply(sums, a, b);
    }
    slot = slot + 1 == stages ? 0 : slot + 1;
    fill = fill + 1 == stages ? 0 : fill + 1;
  }
  wait_copies<0>();

  const int g = lane_index() / 4, t = lane_index() % 4;
#pragma unroll
  for (int m = 0; m < kM; ++m)
#pragma unroll
    for (int n = 0; n < kN; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        store_pair(p, row + warp_row + 16 * m + 8 * half + g, column + warp_column + 8 * n + 2 * t, sums[m][n][2 * half], sums[m][n][2 * half + 1]);
}

template <class Tile, int kAPlanes, int kWPlanes>
hs_status run(const GemmProblem& p) {
  constexpr int kStage = Tile::template stage_bytes<kAPlanes, kWPlanes>;
  const int stages = mma_stages(device().shared_bytes, kStage);
  const int64_t blocks = static_cast<int64_t>((p.rows + Tile::rows - 1) / Tile::rows) * ((p.columns + Tile::columns - 1) / Tile::columns);
  return launch("gemm_mma", gemm_mma_kernel<Tile, kAPlanes, kWPlanes>, {blocks, Tile::threads, stages * kStage}, p, stages);
}

template <class Tile>
hs_status run(const GemmProblem& p) {
  if (p.w.count() == 2) return p.a.count() == 2 ? run<Tile, 2, 2>(p) : fail(HS_INVALID, "gemm: two planes of weights need two of activations");
  return p.a.count() == 2 ? run<Tile, 2, 1>(p) : run<Tile, 1, 1>(p);
}

}  // namespace

hs_status multiply_mma(GemmPath tiles, const GemmProblem& p) { return tiles == GemmPath::large_tiles ? run<LargeTile>(p) : run<SmallTile>(p); }

}  // namespace headscope::cuda
