// What every budget at once costs: kept cells and executed tiles. The other half of a surface is mass, which a backend sums.
#pragma once

#include <cstdint>
#include <vector>

#include "../backend.h"

namespace headscope {

// One budget: the order in which it takes indices, and the values of interest.
struct BudgetAxis {
  std::vector<int32_t> order;  // order[k] is the index that the k-th unit takes; an index that is not there is never taken
  std::vector<int32_t> edges;  // not descending, each in [0, order.size()]
  // [indices] bin[x]: how many edges do not reach index x, so that edges[e] keeps x iff bin[x] <= e. Fewer than 256 edges.
  std::vector<uint8_t> bin;

  BudgetAxis(std::vector<int32_t> order, int64_t indices, std::vector<int32_t> edges);
  int64_t bins() const { return static_cast<int64_t>(edges.size()) + 1; }
};

// [columns.edges, distances.edges]: (row, key) kept by columns and distances, as build_mask() counts them.
std::vector<double> diagonals_nominal(const BudgetAxis& columns, const BudgetAxis& distances, int64_t window);
// [columns.edges, distances.edges]: tiles of the tile stream. Throws CANCELLED.
std::vector<double> diagonals_executed(const hs_exec&, const BudgetAxis& columns, const BudgetAxis& distances, int64_t window);

// The blocks of each causal row in the order of its scores, as bins of `edges`: block_bin is [B, B], B = ceil(rows / block_size),
// read for b <= a only. Both return [edges].
std::vector<double> blocks_nominal(int64_t rows, int64_t window, int64_t block_size, const std::vector<uint8_t>& block_bin, int64_t edges);
std::vector<double> blocks_executed(int64_t rows, int64_t window, int64_t block_size, const std::vector<uint8_t>& block_bin, int64_t edges);

}  // namespace headscope
