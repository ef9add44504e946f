#include "ranks.h"

#include <algorithm>
#include <vector>

#include "../../kernels/common/window.h"
#include "error.h"
#include "index_parts.h"
#include "mask_builder.h"
#include "parallel_for.h"
#include "pattern_check.h"

namespace headscope {
namespace {

void invert(const std::vector<int32_t>& order, int32_t* rank) {
  for (size_t place = 0; place < order.size(); ++place) rank[order[place]] = static_cast<int32_t>(place);
}

}  // namespace

void compute_ranks(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const RankRequest& request, int32_t* first,
                   int32_t* second) {
  if (request.kind != PatternKind::vertical_slash && request.kind != PatternKind::block_sparse)
    throw Error("INVALID_REQUEST", "Only vertical_slash and block_sparse rank their keys; the others keep them by position.");
  const int64_t n = heads.rows;
  Pattern p;
  p.kind = request.kind;
  p.last_queries = request.last_queries;
  p.forced_sinks = request.forced_sinks;
  p.forced_local = request.forced_local;
  p.block_size = request.block_size;
  check_pattern(p);
  p = clamp_budgets(p, n, heads.window);
  if (p.kind == PatternKind::vertical_slash) {
    std::vector<float> column_sum(n), distance_sum(n);
    check(backend, backend.last_rows_estimate(&exec, &heads, request.head, static_cast<int32_t>(p.last_queries), column_sum.data(), distance_sum.data()));
    invert(budget_order(column_sum.data(), n, p.forced_sinks), first);
    std::fill_n(second, n, kNoRank);
    invert(budget_order(distance_sum.data(), reach_of(n, heads.window), forced_distances(p)), second);
    return;
  }
  const int64_t blocks = (n + p.block_size - 1) / p.block_size;
  std::vector<float> scores(blocks * blocks);
  check(backend, backend.pooled_block_scores(&exec, &heads, request.head, static_cast<int32_t>(p.block_size), scores.data()));
  parallel_for(exec, blocks, [&](int64_t a) {
    int32_t* row = first + a * blocks;
    const int64_t seen = first_block(heads.window, p.block_size, a);
    std::fill(row, row + blocks, kNoRank);
    invert(budget_order(&scores[a * blocks + seen], a + 1 - seen, 0), row + seen);
  });
}

}  // namespace headscope
