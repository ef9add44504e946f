#include "mask_builder.h"

#include <algorithm>
#include <numeric>

#include "../../kernels/common/tile_stream.h"
#include "error.h"
#include "index_parts.h"
#include "interrupts.h"

namespace headscope {
namespace {

std::vector<int32_t> first_indices(int64_t count) {
  std::vector<int32_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

int64_t Mask::causal_cells() const { return attended_pairs(0, index.rows, 0, index.rows, index.window); }
int64_t Mask::executed_tiles() const { return std::accumulate(tiles.begin(), tiles.end(), int64_t{0}); }
int64_t Mask::causal_tiles() const {
  return dense_tiles_of(index.rows, index.window);
}

void count_tiles(Mask& mask) {
  mask.tiles.resize((mask.index.rows + kTile - 1) / kTile);
  for (size_t m = 0; m < mask.tiles.size(); ++m)
    mask.tiles[m] = static_cast<int32_t>(tile_count(&mask.index, mask.index.rows, static_cast<int64_t>(m)));
}

std::unique_ptr<Mask> dense_mask(int64_t rows, int64_t window) {
  auto mask = std::make_unique<Mask>();
  mask->index.rows = rows;
  mask->index.window = window;
  mask->nominal_cells = attended_pairs(0, rows, 0, rows, window);
  count_tiles(*mask);
  return mask;
}

std::unique_ptr<Mask> build_mask(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, int32_t head,
                                 const Pattern& pattern, bool compat) {
  const int64_t n = heads.rows;
  const int64_t window = heads.window, reach = reach_of(n, window);
  const Pattern p = clamp_budgets(pattern, n, window);
  const Stopwatch watch;
  double estimated_ms = 0;
  std::unique_ptr<Mask> mask;
  switch (p.kind) {
    case PatternKind::dense: mask = dense_mask(n, window); break;
    case PatternKind::a_shape: mask = diagonals_mask(n, window, first_indices(p.sink), first_indices(p.window)); break;
    case PatternKind::vertical_slash: {
      std::vector<float> column_sum(n), distance_sum(n);
      check(backend, backend.last_rows_estimate(&exec, &heads, head, static_cast<int32_t>(p.last_queries), column_sum.data(), distance_sum.data()));
      estimated_ms = watch.ms();
      std::vector<int32_t> columns = budget_set(column_sum.data(), n, p.forced_sinks, p.verticals);
      std::vector<int32_t> distances = budget_set(distance_sum.data(), reach, forced_distances(p), p.slashes);
      mask = compat ? compat_mask(n, window, std::move(columns), std::move(distances))
                    : diagonals_mask(n, window, std::move(columns), std::move(distances));
      break;
    }
    case PatternKind::block_sparse: {
      const int64_t block_rows = (n + p.block_size - 1) / p.block_size;
      std::vector<float> scores(block_rows * block_rows);
      check(backend, backend.pooled_block_scores(&exec, &heads, head, static_cast<int32_t>(p.block_size), scores.data()));
      estimated_ms = watch.ms();
      std::vector<std::vector<int32_t>> kept(block_rows);
      for (int64_t b = 0; b < block_rows; ++b) {
        if (exec.cancel && __atomic_load_n(exec.cancel, __ATOMIC_RELAXED)) check(backend, HS_CANCELLED);
        const int64_t first = first_block(window, p.block_size, b);
        kept[b] = budget_set(&scores[b * block_rows + first], b + 1 - first, 0, p.blocks);
        for (int32_t& block : kept[b]) block += static_cast<int32_t>(first);
      }
      mask = blocks_mask(n, window, static_cast<int32_t>(p.block_size), kept);
      break;
    }
  }
  mask->effective = p;
  mask->estimate_ms = estimated_ms;
  mask->index_ms = watch.ms() - estimated_ms;
  return mask;
}

}  // namespace headscope
