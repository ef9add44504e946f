#include "native/core/ranks.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/layer.h"

using namespace headscope;

namespace {

constexpr int64_t kRows = 421;

std::shared_ptr<Layer> random_layer() {
  HeadsShape shape{2, 1, 16, kRows, 0.25f};
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0, 2);
  std::vector<float> q(static_cast<size_t>(2 * kRows * 16)), k(static_cast<size_t>(kRows * 16));
  for (float& x : q) x = normal(random);
  for (float& x : k) x = normal(random);
  return capture_layer(*cpu::backend(), q.data(), k.data(), nullptr, shape);
}

Job one_thread() { return Job{}; }

std::string code_of(const std::function<void()>& action) {
  try {
    action();
    return "done";
  } catch (const Error& e) {
    return e.code();
  }
}

}  // namespace

HS_TEST("two comparisons a cell decide as the mask of any budget does") {
  const auto layer = random_layer();
  for (const int64_t forced_local : {int64_t{0}, int64_t{30}, int64_t{100}}) {
    RankRequest request;
    request.head = 1;
    request.forced_local = forced_local;
    std::vector<int32_t> columns(kRows), distances(kRows);
    layer->ranks(request, columns.data(), distances.data(), one_thread());
    for (const auto& [verticals, slashes] : std::vector<std::pair<int64_t, int64_t>>{{30, 50}, {31, 101}, {200, 77}, {kRows, kRows}}) {
      Pattern p;
      p.kind = PatternKind::vertical_slash;
      p.verticals = verticals;
      p.slashes = slashes;
      p.forced_local = forced_local;
      const auto mask = layer->index(1, p, false, one_thread());
      const MaskIndex& m = mask->index;
      const std::set<int32_t> kept(m.columns, m.columns + m.column_count), near(m.distances, m.distances + m.distance_count);
      for (int32_t x = 0; x < kRows; ++x) {
        HS_CHECK_EQ(columns[static_cast<size_t>(x)] < mask->effective.verticals, kept.count(x) == 1);
        HS_CHECK_EQ(distances[static_cast<size_t>(x)] < mask->effective.slashes, near.count(x) == 1);
      }
    }
    HS_CHECK_EQ(distances[0], 0);
  }
}

HS_TEST("the ranks of blocks decide as the mask of any budget does, and none reach above the diagonal") {
  const auto layer = random_layer();
  RankRequest request;
  request.kind = PatternKind::block_sparse;
  request.block_size = 32;
  const int64_t blocks = (kRows + 31) / 32;
  std::vector<int32_t> ranks(static_cast<size_t>(blocks * blocks), -1);
  Job job;
  job.threads = 2;
  layer->ranks(request, ranks.data(), nullptr, job);
  for (const int64_t budget : {int64_t{0}, int64_t{1}, int64_t{4}, blocks}) {
    Pattern p;
    p.kind = PatternKind::block_sparse;
    p.blocks = budget;
    p.block_size = 32;
    const auto mask = layer->index(0, p, false, one_thread());
    const MaskIndex& m = mask->index;
    for (int64_t a = 0; a < blocks; ++a) {
      const std::set<int32_t> kept(m.blocks + m.block_start[a], m.blocks + m.block_start[a + 1]);
      for (int32_t b = 0; b < blocks; ++b) HS_CHECK_EQ(ranks[static_cast<size_t>(a * blocks + b)] < mask->effective.blocks, kept.count(b) == 1);
    }
  }
  for (int64_t a = 0; a < blocks; ++a)
    for (int64_t b = a + 1; b < blocks; ++b) HS_CHECK_EQ(ranks[static_cast<size_t>(a * blocks + b)], kNoRank);
}

HS_TEST("kinds without an order are refused, and impossible settings") {
  const auto layer = random_layer();
  std::vector<int32_t> out(kRows);
  for (const PatternKind kind : {PatternKind::dense, PatternKind::a_shape}) {
    RankRequest request;
    request.kind = kind;
    HS_CHECK_EQ(code_of([&] { layer->ranks(request, out.data(), out.data(), one_thread()); }), std::string("INVALID_REQUEST"));
  }
  RankRequest request;
  request.head = 2;
  HS_CHECK_EQ(code_of([&] { layer->ranks(request, out.data(), out.data(), one_thread()); }), std::string("INVALID_REQUEST"));
  request.head = 0;
  request.last_queries = 0;
  HS_CHECK_EQ(code_of([&] { layer->ranks(request, out.data(), out.data(), one_thread()); }), std::string("PATTERN_INVALID"));
}

HS_TEST("a measurement is an evaluation's recall, with and without a known log-sum-exp") {
  const auto layer = random_layer(), fresh = random_layer();
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = 7;
  p.window = 60;
  const Evaluation e = layer->evaluate(1, p, false, one_thread());
  for (const auto& asked : {layer, fresh, fresh}) {
    const Measurement m = asked->measure(1, p, false, one_thread());
    HS_CHECK(m.row_recall == e.row_recall);
    HS_CHECK_EQ(m.nominal_cells, e.nominal_cells);
    HS_CHECK_EQ(m.executed_tiles, e.executed_tiles);
    HS_CHECK_EQ(m.causal_tiles, e.causal_tiles);
  }
  const Measurement dense = fresh->measure(0, Pattern{}, false, one_thread());
  HS_CHECK(std::all_of(dense.row_recall.begin(), dense.row_recall.end(), [](float x) { return x == 1.0f; }));
}
