#include "surface_counts.h"

#include <algorithm>

#include "../../kernels/common/window.h"
#include "parallel_for.h"

namespace headscope {
namespace {

std::vector<double> running_sum(const std::vector<double>& per_bin, int64_t edges) {
  std::vector<double> sum(edges);
  double total = 0;
  for (int64_t e = 0; e < edges; ++e) sum[e] = total += per_bin[e];
  return sum;
}

// One axis alone: index x accounts for n - x cells, and for no more than `most`.
std::vector<double> cells_alone(const BudgetAxis& axis, int64_t most) {
  const int64_t n = static_cast<int64_t>(axis.bin.size());
  std::vector<double> per_bin(axis.bins(), 0);
  for (int64_t x = 0; x < n; ++x) per_bin[axis.bin[x]] += static_cast<double>(std::min(n - x, most));
  return running_sum(per_bin, static_cast<int64_t>(axis.edges.size()));
}

// The offsets that no chunk covers, as [first, last) pairs below `limit`.
std::vector<std::pair<int64_t, int64_t>> gaps_between(const std::vector<int32_t>& chunks, int64_t limit) {
  std::vector<std::pair<int64_t, int64_t>> gaps;
  int64_t covered = 0;
  for (const int32_t chunk : chunks) {
    if (chunk > covered) gaps.emplace_back(covered, chunk);
    covered = chunk + kTile;
  }
  if (covered < limit) gaps.emplace_back(covered, limit);
  return gaps;
}

}  // namespace

BudgetAxis::BudgetAxis(std::vector<int32_t> order_, int64_t indices, std::vector<int32_t> edges_)
    : order(std::move(order_)), edges(std::move(edges_)), bin(indices, static_cast<uint8_t>(edges.size())) {
  for (size_t k = 0; k < order.size(); ++k)
    bin[order[k]] = static_cast<uint8_t>(std::upper_bound(edges.begin(), edges.end(), static_cast<int64_t>(k)) - edges.begin());
}

std::vector<double> diagonals_nominal(const BudgetAxis& columns, const BudgetAxis& distances, int64_t window) {
  const int64_t n = static_cast<int64_t>(columns.order.size());
  const int64_t verticals = static_cast<int64_t>(columns.edges.size()), slashes = static_cast<int64_t>(distances.edges.size());
  const std::vector<double> by_column = cells_alone(columns, reach_of(n, window)), by_distance = cells_alone(distances, n);
  std::vector<double> cells(verticals * slashes);
  std::vector<int32_t> below(n + 1);  // kept columns before the index
  for (int64_t a = 0; a < verticals; ++a) {
    below[0] = 0;
    for (int64_t j = 0; j < n; ++j) below[j + 1] = below[j] + (columns.bin[j] <= a);
    // Cells that lie on a kept column and on a kept distance d: the columns j with j + d < n.
    std::vector<double> per_bin(distances.bins(), 0);
    for (int64_t d = 0; d < n; ++d) per_bin[distances.bin[d]] += below[n - d];
    const std::vector<double> both = running_sum(per_bin, slashes);
    for (int64_t b = 0; b < slashes; ++b) cells[a * slashes + b] = by_column[a] + by_distance[b] - both[b];
  }
  return cells;
}

std::vector<double> diagonals_executed(const hs_exec& exec, const BudgetAxis& columns, const BudgetAxis& distances, int64_t window) {
  const int64_t n = static_cast<int64_t>(columns.order.size()), row_tiles = (n + kTile - 1) / kTile;
  const int64_t verticals = static_cast<int64_t>(columns.edges.size()), slashes = static_cast<int64_t>(distances.edges.size());
  // before[x][a]: columns below x that edge a keeps. Side by side, because every look-up wants all of them.
  std::vector<int32_t> before((n + 1) * verticals, 0);
  for (int64_t j = 0; j < n; ++j)
    for (int64_t a = 0; a < verticals; ++a) before[(j + 1) * verticals + a] = before[j * verticals + a] + (columns.bin[j] <= a);

  std::vector<double> executed(verticals * slashes);
  parallel_for(exec, slashes, [&](int64_t b) {
    std::vector<int32_t> kept;
    for (int64_t d = 0; d < n; ++d)
      if (distances.bin[d] <= b) kept.push_back(static_cast<int32_t>(d));
    std::vector<int32_t> chunks(kept.size());
    chunks.resize(cover_chunks(kept.data(), static_cast<int64_t>(kept.size()), chunks.data()));
    const auto gaps = gaps_between(chunks, row_tiles * kTile);
    std::vector<int64_t> tiles(verticals, 0);
    std::vector<int32_t> gathered(verticals);
    for (int64_t m = 0; m < row_tiles; ++m) {
      if (cancelled(exec)) return;
      const int64_t end = (m + 1) * kTile, seen = first_key(window, m), most = dense_tiles(window, m);
      const int64_t run = chunks_before(chunks.data(), static_cast<int64_t>(chunks.size()), end);
      std::fill(gathered.begin(), gathered.end(), 0);
      if (run < most)
        for (const auto& [first, last] : gaps) {
          if (first >= end - seen) break;
          const int32_t* upto = &before[std::min(n, end - first) * verticals];
          const int32_t* from = &before[std::min(n, std::max(seen, end - last)) * verticals];
          for (int64_t a = 0; a < verticals; ++a) gathered[a] += upto[a] - from[a];
        }
      for (int64_t a = 0; a < verticals; ++a) tiles[a] += executed_tiles(most, run, gathered[a]);
    }
    for (int64_t a = 0; a < verticals; ++a) executed[a * slashes + b] = static_cast<double>(tiles[a]);
  });
  return executed;
}

std::vector<double> blocks_nominal(int64_t rows, int64_t window, int64_t block_size, const std::vector<uint8_t>& block_bin, int64_t edges) {
  const int64_t blocks = (rows + block_size - 1) / block_size;
  std::vector<double> per_bin(edges + 1, 0);
  for (int64_t a = 0; a < blocks; ++a) {
    const int64_t first = a * block_size, last = std::min(first + block_size, rows);
    for (int64_t b = 0; b <= a; ++b)
      per_bin[block_bin[a * blocks + b]] += static_cast<double>(attended_pairs(first, last, b * block_size, (b + 1) * block_size, window));
  }
  return running_sum(per_bin, edges);
}

std::vector<double> blocks_executed(int64_t rows, int64_t window, int64_t block_size, const std::vector<uint8_t>& block_bin, int64_t edges) {
  const int64_t blocks = (rows + block_size - 1) / block_size, row_tiles = (rows + kTile - 1) / kTile;
  std::vector<double> per_bin(edges + 1, 0);
  if (block_size >= kTile) {
    const int64_t per = block_size / kTile;
    for (int64_t m = 0; m < row_tiles; ++m)
      for (int64_t t = first_key(window, m) / kTile; t <= m; ++t) per_bin[block_bin[m / per * blocks + t / per]] += 1;
    return running_sum(per_bin, edges);
  }
  // A tile is touched as soon as one of its blocks is kept.
  const int64_t per = kTile / block_size;
  std::vector<uint8_t> first(row_tiles);
  for (int64_t m = 0; m < row_tiles; ++m) {
    std::fill(first.begin(), first.begin() + m + 1, UINT8_MAX);
    for (int64_t a = m * per; a < std::min(blocks, (m + 1) * per); ++a)
      for (int64_t b = 0; b <= a; ++b) first[b / per] = std::min(first[b / per], block_bin[a * blocks + b]);
    for (int64_t t = first_key(window, m) / kTile; t <= m; ++t) per_bin[first[t]] += 1;
  }
  return running_sum(per_bin, edges);
}

}  // namespace headscope
