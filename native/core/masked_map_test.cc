// Pictures and lists of what a mask drops, and of the whole map, on every instruction set against float64.
#include <algorithm>
#include <functional>
#include <set>

#include "../../kernels/check/attention_reference.h"
#include "../../kernels/check/check.h"
#include "../../kernels/check/threads.h"
#include "../../kernels/cpu/backend.h"
#include "error.h"
#include "layer.h"
#include "mask_check.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

using Kept = std::function<bool(int64_t, int64_t)>;

struct Pairs {
  int64_t n;
  std::vector<double> p;  // [N, N]
  GuardedArray lse;
  Pairs(const AttentionInput& in, int32_t head) : n(in.rows), p(n * n, 0), lse(n) {
    const ReferenceHead reference = reference_attention(in, head, keep_all);
    for (int64_t i = 0; i < n; ++i) {
      lse[i] = static_cast<float>(reference.lse[i]);
      for (int64_t j = 0; j <= i; ++j)
        if (in.attends(i, j)) p[i * n + j] = std::exp(in.score(head, i, j) - reference.lse[i]);
    }
  }
};

struct Area {
  int64_t q0, q1, k0, k1, width, height;
};

// mask nullptr: all pairs; `kept` is then never true.
void expect_planes(const AttentionInput& in, const Pairs& pairs, const MaskIndex* mask, const Kept& kept, const Area& r, const std::string& name) {
  const int64_t n = in.rows;
  std::vector<double> max(r.width * r.height, 0), sum(max.size(), 0);
  for (int64_t y = 0; y < r.height; ++y)
    for (int64_t x = 0; x < r.width; ++x)
      for (int64_t i = r.q0 + y * (r.q1 - r.q0) / r.height; i < r.q0 + (y + 1) * (r.q1 - r.q0) / r.height; ++i)
        for (int64_t j = r.k0 + x * (r.k1 - r.k0) / r.width; j < r.k0 + (x + 1) * (r.k1 - r.k0) / r.width && j <= i; ++j)
          if (!kept(i, j)) {
            sum[y * r.width + x] += pairs.p[i * n + j];
            max[y * r.width + x] = std::max(max[y * r.width + x], pairs.p[i * n + j]);
          }
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    GuardedArray got_max(r.width * r.height), got_sum(r.width * r.height);
    const hs_heads heads = in.view();
    HS_CHECK_EQ(cpu::backend_for(*isa)->planes(Threads(2).exec(), &heads, 0, pairs.lse.data(), mask, r.q0, r.q1, r.k0, r.k1, r.width, r.height,
                                              got_max.data(), got_sum.data()),
                HS_OK);
    HS_CHECK(got_max.guards_intact() && got_sum.guards_intact());
    for (int64_t c = 0; c < got_max.size(); ++c) {
      if (!(std::fabs(got_max[c] - max[c]) <= 1e-5)) fail((std::string(*isa) + ", " + name).c_str(), static_cast<int>(c), both("max", got_max[c], max[c]));
      // Nothing dropped is nothing, not a rounding error.
      if (sum[c] == 0 ? got_sum[c] != 0 : !(std::fabs(got_sum[c] - sum[c]) <= 1e-5 * (1 + sum[c])))
        fail((std::string(*isa) + ", " + name).c_str(), static_cast<int>(c), both("sum", got_sum[c], sum[c]));
    }
  }
}

void expect_strongest(const AttentionInput& in, const Pairs& pairs, const MaskIndex* mask, const Kept& kept, const Area& r, int64_t count, const std::string& name) {
  const int64_t n = in.rows;
  std::vector<double> values;
  for (int64_t i = r.q0; i < r.q1; ++i)
    for (int64_t j = r.k0; j < r.k1 && j <= i; ++j)
      if (in.attends(i, j) && !kept(i, j)) values.push_back(pairs.p[i * n + j]);
  std::sort(values.rbegin(), values.rend());
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    std::vector<hs_pair> got(count);
    int64_t found = -1;
    const hs_heads heads = in.view();
    HS_CHECK_EQ(cpu::backend_for(*isa)->strongest(Threads(2).exec(), &heads, 0, pairs.lse.data(), mask, r.q0, r.q1, r.k0, r.k1, count, got.data(), &found), HS_OK);
    HS_CHECK_EQ(found, std::min<int64_t>(count, static_cast<int64_t>(values.size())));
    std::set<std::pair<int64_t, int64_t>> seen;
    for (int64_t t = 0; t < found; ++t) {
      const hs_pair& pair = got[t];
      const bool inside = pair.q >= r.q0 && pair.q < r.q1 && pair.k >= r.k0 && pair.k < r.k1 && pair.k <= pair.q;
      HS_CHECK(inside && !kept(pair.q, pair.k));
      HS_CHECK(seen.insert({pair.q, pair.k}).second);
      // Its own value, and the t-th largest of all: where two are equal to rounding either may come first.
      if (inside && !(std::fabs(pair.p - pairs.p[pair.q * n + pair.k]) <= 1e-5)) fail((std::string(*isa) + ", " + name).c_str(), static_cast<int>(t), both("value", pair.p, pairs.p[pair.q * n + pair.k]));
      if (!(std::fabs(pair.p - values[t]) <= 1e-5)) fail((std::string(*isa) + ", " + name).c_str(), static_cast<int>(t), both("rank", pair.p, values[t]));
      if (t > 0) HS_CHECK(got[t - 1].p > pair.p || (got[t - 1].p == pair.p && std::pair(got[t - 1].q, got[t - 1].k) < std::pair(pair.q, pair.k)));
    }
  }
}

void expect_dropped(const AttentionInput& in, const Pairs& pairs, const MaskIndex* mask, const Kept& kept, const std::string& name) {
  const int64_t n = in.rows;
  expect_planes(in, pairs, mask, kept, {0, n, 0, n, std::min<int64_t>(n, 19), std::min<int64_t>(n, 23)}, name + ", all");
  expect_planes(in, pairs, mask, kept, {0, n, 0, n, 1, 1}, name + ", one cell");
  if (n > 20) {
    expect_planes(in, pairs, mask, kept, {n / 3, n / 3 + 17, 1, n / 3 + 9, n / 3 + 8, 17}, name + ", every element");
    expect_planes(in, pairs, mask, kept, {n / 2, n, n / 5, n - 3, 7, 5}, name + ", a part");
    expect_strongest(in, pairs, mask, kept, {n / 2, n, n / 5, n - 3, 0, 0}, 40, name + ", a part");
  }
  expect_strongest(in, pairs, mask, kept, {0, n, 0, n, 0, 0}, 12, name + ", all");
}

}  // namespace

HS_TEST("the whole map in one pass") {
  for (const int64_t n : {1, 2, 31, 65, 300, 700}) {
    const AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n), 3);
    expect_dropped(in, Pairs(in, 0), nullptr, [](int64_t, int64_t) { return false; }, "everything");
  }
}

HS_TEST("what columns and distances drop") {
  std::mt19937 random(5);
  for (const int64_t n : {1, 63, 64, 65, 129, 331, 601}) {
    const AttentionInput in(1, 1, n == 331 ? 80 : 32, n, static_cast<uint32_t>(n), 3);
    const Pairs pairs(in, 0);
    for (const int64_t share : {40, 9, 2}) {
      std::set<int32_t> columns, distances{0};
      for (int64_t t = 0; t < n / share; ++t) {
        columns.insert(static_cast<int32_t>(random() % n));
        distances.insert(static_cast<int32_t>(random() % n));
      }
      const auto mask = diagonals_mask(n, 0, {columns.begin(), columns.end()}, {distances.begin(), distances.end()});
      const Kept kept = [&](int64_t i, int64_t j) { return columns.contains(static_cast<int32_t>(j)) || distances.contains(static_cast<int32_t>(i - j)); };
      expect_dropped(in, pairs, &mask->index, kept, "one of " + std::to_string(share));
    }
  }
}

HS_TEST("what blocks drop") {
  std::mt19937 random(6);
  for (const int64_t n : {20, 64, 200, 601})
    for (const int32_t size : {16, 64, 256}) {
      const AttentionInput in(1, 1, 24, n, static_cast<uint32_t>(n + size), 3);
      std::vector<std::vector<int32_t>> lists((n + size - 1) / size);
      for (size_t b = 0; b < lists.size(); ++b)
        for (size_t k = 0; k <= b; ++k)
          if (random() % 3 == 0) lists[b].push_back(static_cast<int32_t>(k));
      const auto mask = blocks_mask(n, 0, size, lists);
      const Kept kept = [&](int64_t i, int64_t j) { return std::ranges::find(lists[i / size], static_cast<int32_t>(j / size)) != lists[i / size].end(); };
      expect_dropped(in, Pairs(in, 0), &mask->index, kept, "blocks of " + std::to_string(size));
    }
}

HS_TEST("a mask that keeps everything drops nothing, MInference's lists included") {
  const int64_t n = 200;
  const AttentionInput in(1, 1, 32, n, 4, 3);
  const Pairs pairs(in, 0);
  const auto dense = dense_mask(n, 0);
  expect_dropped(in, pairs, &dense->index, [](int64_t, int64_t) { return true; }, "dense");
  const auto compat = compat_mask(n, 0, {0, 7, 90}, {0, 1, 70});
  expect_dropped(in, pairs, &compat->index, [&](int64_t i, int64_t j) { return (row_mask(compat->index, i, j) & 1) != 0; }, "compat");
}

HS_TEST("a model's window and soft cap, under every kind of mask and under none") {
  for (const int64_t n : {64, 331})
    for (const int64_t window : {1, 63, 100, 350}) {
      AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n + window), 3);
      in.window = window;
      in.cap = window % 2 ? 3.0f : 0.0f;
      const Pairs pairs(in, 0);
      const std::string name = "window " + std::to_string(window);
      const auto same = [&](const Mask& mask) { return [&mask](int64_t i, int64_t j) { return (row_mask(mask.index, i, j) & 1) != 0; }; };
      expect_dropped(in, pairs, nullptr, [](int64_t, int64_t) { return false; }, name);
      const auto diagonals = diagonals_mask(n, window, {0, 5, 40}, {0});
      expect_dropped(in, pairs, &diagonals->index, same(*diagonals), "diagonals, " + name);
      const auto dense = dense_mask(n, window);
      expect_dropped(in, pairs, &dense->index, [&](int64_t i, int64_t j) { return in.attends(i, j); }, "dense, " + name);
    }
}

HS_TEST("lists do not depend on the number of workers, ties included; both hear a cancel and refuse what is outside") {
  const int64_t n = 900;
  AttentionInput in(1, 1, 32, n, 12, 3);
  for (int64_t t = 0; t < in.q.size(); ++t) in.q[t] = 0;  // every row is uniform: all pairs of a row are equal
  const Pairs pairs(in, 0);
  const hs_heads heads = in.view();
  const int32_t cancel = 1;
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const headscope_backend_v1& backend = *cpu::backend_for(*isa);
    std::vector<std::pair<int64_t, int64_t>> first;
    for (const int32_t workers : {1, 2, 7}) {
      std::vector<hs_pair> got(50);
      int64_t found = 0;
      HS_CHECK_EQ(backend.strongest(Threads(workers).exec(), &heads, 0, pairs.lse.data(), nullptr, 100, n, 0, n, 50, got.data(), &found), HS_OK);
      HS_CHECK_EQ(found, 50);
      std::vector<std::pair<int64_t, int64_t>> places;
      for (const hs_pair& pair : got) places.emplace_back(pair.q, pair.k);
      if (first.empty()) first = places;
      HS_CHECK(places == first);
    }
    HS_CHECK(first.front() == std::pair(int64_t{100}, int64_t{0}) && first.back() == std::pair(int64_t{100}, int64_t{49}));
    std::vector<float> max(100), sum(100);
    std::vector<hs_pair> got(5);
    int64_t found = 0;
    const Threads cancelled(2, &cancel), threads(2);
    HS_CHECK_EQ(backend.planes(cancelled.exec(), &heads, 0, pairs.lse.data(), nullptr, 0, n, 0, n, 10, 10, max.data(), sum.data()), HS_CANCELLED);
    HS_CHECK_EQ(backend.strongest(cancelled.exec(), &heads, 0, pairs.lse.data(), nullptr, 0, n, 0, n, 5, got.data(), &found), HS_CANCELLED);
    HS_CHECK_EQ(backend.planes(threads.exec(), &heads, 0, pairs.lse.data(), nullptr, 0, n + 1, 0, n, 10, 10, max.data(), sum.data()), HS_INVALID);
    HS_CHECK_EQ(backend.planes(threads.exec(), &heads, 0, pairs.lse.data(), nullptr, 0, 5, 0, 5, 10, 10, max.data(), sum.data()), HS_INVALID);
    HS_CHECK_EQ(backend.strongest(threads.exec(), &heads, 0, pairs.lse.data(), nullptr, 0, n, 0, n, 0, got.data(), &found), HS_INVALID);
    const auto other = dense_mask(n - 1, 0);
    HS_CHECK_EQ(backend.planes(threads.exec(), &heads, 0, pairs.lse.data(), &other->index, 0, n, 0, n, 10, 10, max.data(), sum.data()), HS_INVALID);
  }
}

HS_TEST("a layer's pictures follow the pattern that is asked: their sums are the mass that its rows miss") {
  const int64_t n = 400;
  AttentionInput in(2, 1, 16, n, 21, 3);
  const HeadsShape shape{2, 1, 16, n, in.view().scale};
  const auto layer = capture_layer(*cpu::backend(), in.q.data(), in.k.data(), nullptr, shape);
  Job job;
  job.threads = 2;
  Pattern window, blocks, slashes, dense;
  window.kind = PatternKind::a_shape, window.sink = 4, window.window = 33;
  blocks.kind = PatternKind::block_sparse, blocks.blocks = 2;
  slashes.kind = PatternKind::vertical_slash, slashes.verticals = 40, slashes.slashes = 120;
  for (const auto& [head, pattern] : {std::pair{0, window}, {1, window}, {0, slashes}, {0, blocks}, {1, slashes}, {0, dense}, {0, window}}) {
    const Measurement measured = layer->measure(head, pattern, false, job);
    double missed = 0;
    for (const float recall : measured.row_recall) missed += 1 - static_cast<double>(recall);
    std::vector<float> max(20 * 20), sum(max.size());
    layer->planes(head, &pattern, {0, n, 0, n}, 20, 20, max.data(), sum.data(), job);
    double total = 0;
    for (const float cell : sum) total += cell;
    HS_CHECK_NEAR(total, missed, 1e-3);
    const std::vector<hs_pair> top = layer->strongest(head, &pattern, {0, n, 0, n}, 3, job);
    HS_CHECK_EQ(top.size(), pattern.kind == PatternKind::dense ? 0u : 3u);
    if (!top.empty()) HS_CHECK_NEAR(top[0].p, *std::max_element(max.begin(), max.end()), 0);
  }
}

HS_TEST("a layer refuses pictures and lists that cannot be") {
  AttentionInput in(1, 1, 16, 50, 2);
  const auto layer = capture_layer(*cpu::backend(), in.q.data(), in.k.data(), nullptr, HeadsShape{1, 1, 16, 50, in.view().scale});
  Job job;
  std::vector<float> max(2500), sum(2500);
  const auto code = [](auto action) {
    try {
      action();
      return std::string("done");
    } catch (const Error& e) {
      return std::string(e.code());
    }
  };
  Pattern wrong;
  wrong.kind = PatternKind::a_shape, wrong.sink = -1;
  HS_CHECK_EQ(code([&] { layer->planes(0, nullptr, {0, 10, 0, 10}, 11, 10, max.data(), sum.data(), job); }), std::string("INVALID_REQUEST"));
  HS_CHECK_EQ(code([&] { layer->planes(1, nullptr, {0, 10, 0, 10}, 10, 10, max.data(), sum.data(), job); }), std::string("INVALID_REQUEST"));
  HS_CHECK_EQ(code([&] { layer->planes(0, &wrong, {0, 10, 0, 10}, 10, 10, max.data(), sum.data(), job); }), std::string("PATTERN_INVALID"));
  HS_CHECK_EQ(code([&] { layer->strongest(0, nullptr, {0, 51, 0, 10}, 5, job); }), std::string("INVALID_REQUEST"));
  HS_CHECK_EQ(code([&] { layer->strongest(0, nullptr, {0, 50, 0, 10}, 0, job); }), std::string("INVALID_REQUEST"));
}
