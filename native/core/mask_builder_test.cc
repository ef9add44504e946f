// Patterns to masks: the estimate in float64, the choice by a plain sort, the cells as a set.
#include "mask_builder.h"

#include <algorithm>
#include <numeric>

#include "../../kernels/check/attention_case.h"
#include "../../kernels/cpu/backend.h"
#include "mask_check.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

Pattern vertical_slash(int64_t verticals, int64_t slashes) {
  Pattern p;
  p.kind = PatternKind::vertical_slash;
  p.verticals = verticals;
  p.slashes = slashes;
  return p;
}
Pattern a_shape(int64_t sink, int64_t window) {
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = sink;
  p.window = window;
  return p;
}
Pattern block_sparse(int64_t blocks, int64_t size) {
  Pattern p;
  p.kind = PatternKind::block_sparse;
  p.blocks = blocks;
  p.block_size = size;
  return p;
}

std::unique_ptr<Mask> build(const AttentionInput& in, int32_t head, const Pattern& p, bool compat = false) {
  return build_mask(*cpu::backend(), *Threads(2).exec(), in.view(), head, p, compat);
}

// The top `budget` of scores with the first `forced` before all, ascending.
std::vector<int32_t> top(const std::vector<double>& score, int64_t count, int64_t forced, int64_t budget) {
  std::vector<int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    const bool fa = a < forced, fb = b < forced;
    return fa != fb ? fa : !fa && score[a] > score[b];
  });
  order.resize(std::min(budget, count));
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<int32_t> list(const int32_t* from, int64_t count) { return {from, from + count}; }

}  // namespace

HS_TEST("vertical_slash keeps the estimate's top columns and distances") {
  for (const int64_t n : {65, 200, 777}) {
    const AttentionInput in(4, 2, 32, n, static_cast<uint32_t>(n), 2);
    for (const auto& [verticals, slashes] : std::vector<std::pair<int64_t, int64_t>>{{0, 0}, {30, 100}, {60, 150}, {n, 50}, {40, n}, {5000, 5000}}) {
      const Pattern p = vertical_slash(verticals, slashes);
      const ReferenceHead estimate = reference_attention(in, 3, keep_all, n - 64);
      const auto columns = top(estimate.column_sum, n, 30, std::min(n, std::max<int64_t>(verticals, 30)));
      const auto distances = top(estimate.distance_sum, n, 100, std::min(n, std::max<int64_t>(slashes, 50)));
      const auto mask = build(in, 3, p);
      HS_CHECK(list(mask->index.columns, mask->index.column_count) == columns);
      HS_CHECK(list(mask->index.distances, mask->index.distance_count) == distances);
      HS_CHECK_EQ(mask->effective.verticals, static_cast<int64_t>(columns.size()));
      HS_CHECK_EQ(mask->effective.slashes, static_cast<int64_t>(distances.size()));
      expect_mask(*mask, diagonal_cells(n, 0, columns, distances), "vertical_slash");
    }
  }
}

HS_TEST("estimator options: fewer last queries, nothing forced") {
  const int64_t n = 300;
  const AttentionInput in(1, 1, 32, n, 1, 2);
  Pattern p = vertical_slash(7, 5);
  p.last_queries = 16;
  p.forced_sinks = p.forced_local = 0;
  const ReferenceHead estimate = reference_attention(in, 0, keep_all, n - 16);
  const auto mask = build(in, 0, p);
  HS_CHECK(list(mask->index.columns, mask->index.column_count) == top(estimate.column_sum, n, 0, 7));
  HS_CHECK(list(mask->index.distances, mask->index.distance_count) == top(estimate.distance_sum, n, 1, 5));
  HS_CHECK_EQ(mask->index.distances[0], 0);
}

HS_TEST("budgets are clamped") {
  Pattern p = clamp_budgets(vertical_slash(-3, -3), 4096, 0);
  HS_CHECK_EQ(p.verticals, 30);
  HS_CHECK_EQ(p.slashes, 50);
  p = clamp_budgets(vertical_slash(1000, 6096), 20, 0);
  HS_CHECK_EQ(p.verticals, 20);
  HS_CHECK_EQ(p.slashes, 20);
  HS_CHECK_EQ(p.last_queries, 20);
  Pattern free = vertical_slash(0, 0);
  free.forced_sinks = free.forced_local = 0;
  p = clamp_budgets(free, 100, 0);
  HS_CHECK_EQ(p.verticals, 0);
  HS_CHECK_EQ(p.slashes, 1);
  p = clamp_budgets(a_shape(500, 0), 100, 0);
  HS_CHECK_EQ(p.sink, 100);
  HS_CHECK_EQ(p.window, 1);
  HS_CHECK_EQ(clamp_budgets(block_sparse(100, 64), 130, 0).blocks, 3);
  HS_CHECK_EQ(clamp_budgets(block_sparse(0, 64), 130, 0).blocks, 1);
  HS_CHECK_EQ(clamp_budgets(block_sparse(-1, 64), 130, 0).blocks, 1);
}

HS_TEST("a_shape and dense") {
  for (const int64_t n : {1, 64, 65, 300}) {
    const AttentionInput in(1, 1, 8, n, 2);
    for (const auto& [sink, window] : std::vector<std::pair<int64_t, int64_t>>{{0, 0}, {0, 70}, {5, 1}, {100, 130}, {400, 400}})
      expect_mask(*build(in, 0, a_shape(sink, window)),
                  cells_where(n, 0, [&](int64_t i, int64_t j) { return j < sink || i - j < std::max<int64_t>(1, window); }), "a_shape");
    expect_mask(*build(in, 0, Pattern{}), cells_where(n, 0, [](int64_t, int64_t) { return true; }), "dense");
  }
}

HS_TEST("block_sparse keeps the top blocks by pooled score") {
  for (const int64_t n : {50, 64, 333, 700})
    for (const int32_t size : {16, 32, 64, 128}) {
      const AttentionInput in(2, 1, 40, n, static_cast<uint32_t>(n + size));
      const int64_t rows = (n + size - 1) / size;
      std::vector<double> q(rows * 40, 0), k(rows * 40, 0);
      for (int64_t i = 0; i < n; ++i)
        for (int c = 0; c < 40; ++c) {
          q[i / size * 40 + c] += in.q[(n + i) * 40 + c];
          k[i / size * 40 + c] += in.k[i * 40 + c];
        }
      for (const int64_t blocks : {0, 1, 3, 1000}) {
        CellSet want(n);
        for (int64_t a = 0; a < rows; ++a) {
          std::vector<double> score(a + 1, 0);
          for (int64_t b = 0; b <= a; ++b)
            for (int c = 0; c < 40; ++c) score[b] += q[a * 40 + c] * k[b * 40 + c];
          for (const int32_t b : top(score, a + 1, 0, std::max<int64_t>(1, blocks)))
            for (int64_t i = a * size; i < std::min<int64_t>(n, (a + 1) * size); ++i)
              for (int64_t j = b * size; j <= std::min<int64_t>(i, (b + 1) * size - 1); ++j) want.at(i, j) = 1;
        }
        expect_mask(*build(in, 1, block_sparse(blocks, size)), want, "block_sparse");
      }
    }
}

HS_TEST("compat keeps every cell of the exact mask") {
  const int64_t n = 500;
  const AttentionInput in(1, 1, 32, n, 3, 2);
  const auto exact = build(in, 0, vertical_slash(60, 110)), compat = build(in, 0, vertical_slash(60, 110), true);
  HS_CHECK_EQ(compat->index.kind, static_cast<int32_t>(kMaskCompat));
  HS_CHECK(list(compat->index.columns, compat->index.column_count) == list(exact->index.columns, exact->index.column_count));
  HS_CHECK(list(compat->index.distances, compat->index.distance_count) == list(exact->index.distances, exact->index.distance_count));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t key0 = 0; key0 <= i; key0 += 64) HS_CHECK_EQ(row_mask(exact->index, i, key0) & ~row_mask(compat->index, i, key0), uint64_t{0});
  HS_CHECK(compat->nominal_cells >= exact->nominal_cells);
}
