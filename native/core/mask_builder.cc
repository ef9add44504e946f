#include "mask_builder.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "../../kernels/common/tile_stream.h"
#include "error.h"
#include "index_parts.h"

namespace headscope {
namespace {

using Clock = std::chrono::steady_clock;
double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::vector<int32_t> first_indices(int64_t count) {
  std::vector<int32_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

int64_t Mask::executed_tiles() const { return std::accumulate(tiles.begin(), tiles.end(), int64_t{0}); }
int64_t Mask::causal_tiles() const {
  const int64_t row_tiles = (index.rows + kTile - 1) / kTile;
  return row_tiles * (row_tiles + 1) / 2;
}

void count_tiles(Mask& mask) {
  mask.tiles.resize((mask.index.rows + kTile - 1) / kTile);
  for (size_t m = 0; m < mask.tiles.size(); ++m)
    mask.tiles[m] = static_cast<int32_t>(tile_count(&mask.index, mask.index.rows, static_cast<int64_t>(m)));
}

std::unique_ptr<Mask> dense_mask(int64_t rows) {
  auto mask = std::make_unique<Mask>();
  mask->index.rows = rows;
  mask->nominal_cells = rows * (rows + 1) / 2;
  count_tiles(*mask);
  return mask;
}

std::unique_ptr<Mask> build_mask(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, int32_t head,
                                 const Pattern& pattern, bool compat) {
  const int64_t n = heads.rows;
  const Pattern p = clamp_budgets(pattern, n);
  const auto start = Clock::now();
  auto estimated = start;
  std::unique_ptr<Mask> mask;
  switch (p.kind) {
    case PatternKind::dense: mask = dense_mask(n); break;
    case PatternKind::a_shape: mask = diagonals_mask(n, first_indices(p.sink), first_indices(p.window)); break;
    case PatternKind::vertical_slash: {
      std::vector<float> column_sum(n), distance_sum(n);
      check(backend, backend.last_rows_estimate(&exec, &heads, head, static_cast<int32_t>(p.last_queries), column_sum.data(), distance_sum.data()));
      estimated = Clock::now();
      std::vector<int32_t> columns = budget_set(column_sum.data(), n, p.forced_sinks, p.verticals);
      std::vector<int32_t> distances = budget_set(distance_sum.data(), n, forced_distances(p), p.slashes);
      mask = compat ? compat_mask(n, std::move(columns), std::move(distances)) : diagonals_mask(n, std::move(columns), std::move(distances));
      break;
    }
    case PatternKind::block_sparse: {
      const int64_t block_rows = (n + p.block_size - 1) / p.block_size;
      std::vector<float> scores(block_rows * block_rows);
      check(backend, backend.pooled_block_scores(&exec, &heads, head, static_cast<int32_t>(p.block_size), scores.data()));
      estimated = Clock::now();
      std::vector<std::vector<int32_t>> kept(block_rows);
      for (int64_t b = 0; b < block_rows; ++b) {
        if (exec.cancel && __atomic_load_n(exec.cancel, __ATOMIC_RELAXED)) check(backend, HS_CANCELLED);
        kept[b] = budget_set(&scores[b * block_rows], b + 1, 0, p.blocks);
      }
      mask = blocks_mask(n, static_cast<int32_t>(p.block_size), kept);
      break;
    }
  }
  mask->effective = p;
  mask->estimate_ms = milliseconds(start, estimated);
  mask->index_ms = milliseconds(estimated, Clock::now());
  return mask;
}

}  // namespace headscope
