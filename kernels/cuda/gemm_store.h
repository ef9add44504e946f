// The epilogue of the matrix product: bias, residual, and the store of two neighbouring sums.
#pragma once

#include "gemm.h"
#include "ptx/platform.h"

namespace headscope::cuda {

// Sums (row, column) and (row, column + 1), where the matrix has them.
HS_DEVICE void store_pair(const GemmProblem& p, int row, int column, float first, float second) {
  if (row >= p.rows || column >= p.columns) return;
  const bool both = column + 1 < p.columns;
  float* const to = p.out + row * p.ldo + column;
  if (p.bias) {
    first += p.bias[column];
    if (both) second += p.bias[column + 1];
  }
  if (p.add) {
    first += to[0];
    if (both) second += to[1];
  }
  if (both && (reinterpret_cast<uintptr_t>(to) & 7) == 0) {
    *reinterpret_cast<Vec<float, 2>*>(to) = {{first, second}};
  } else {
    to[0] = first;
    if (both) to[1] = second;
  }
}

// A tile's place in units of tiles: `together` tiles below each other come before the next column of tiles, so that blocks that run at the
// same time share what they read in the second-level cache.
struct TilePlace {
  int down, across;
};
HS_DEVICE TilePlace tile_place(int index, int tiles_down, int tiles_across, int together) {
  const int band = together * tiles_across, first = index / band * together, left = tiles_down - first;
  const int here = left < together ? left : together, in_band = index % band;
  return {first + in_band % here, in_band / here};
}

}  // namespace headscope::cuda
