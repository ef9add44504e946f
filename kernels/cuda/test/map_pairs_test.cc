// The most probable pairs against a sort of all pairs in float64.
#include <algorithm>
#include <memory>

#include "map_reference.h"
#include "native/core/mask_builder.h"

using headscope::Mask;
using headscope::Pattern;
using headscope::PatternKind;
using headscope::cuda::backend;
using namespace headscope::cuda::testing;

namespace {

bool before(const hs_pair& a, const hs_pair& b) {
  if (a.p != b.p) return a.p > b.p;
  return a.q != b.q ? a.q < b.q : a.k < b.k;
}

std::vector<hs_pair> found(const PlacedMap& there, const headscope::MaskIndex* mask, const Rect& r, int64_t count) {
  std::vector<hs_pair> pairs(static_cast<size_t>(count));
  std::memset(pairs.data(), 0, pairs.size() * sizeof(hs_pair));
  int64_t made = -1;
  expect_ok(backend()->strongest(nullptr, there.heads(), 0, there.lse.data(), mask, r.q0, r.q1, r.k0, r.k1, count, pairs.data(), &made), "strongest");
  pairs.resize(static_cast<size_t>(std::max<int64_t>(0, made)));
  return pairs;
}

// The list is in order, has no pair twice, holds right probabilities, and leaves out nothing that is larger by more than rounding.
void expect_strongest(const PlacedMap& there, const MapReference& map, const headscope::MaskIndex* mask, const std::function<bool(int64_t, int64_t)>& counts, const Rect& r,
                      int64_t count, bool every_order = false) {
  std::vector<double> all;
  for (int64_t i = r.q0; i < r.q1; ++i)
    for (int64_t j = r.k0; j < r.k1; ++j)
      if (map.attends(i, j) && counts(i, j) && map.at(i, j) > 1e-37) all.push_back(map.at(i, j));
  std::sort(all.rbegin(), all.rend());
  const auto work = [&] { return found(there, mask, r, count); };
  const std::vector<hs_pair> pairs = every_order ? same_in_every_order(work) : work();
  HS_CHECK_EQ(pairs.size(), std::min(all.size(), static_cast<size_t>(count)));
  for (size_t t = 0; t < std::min(pairs.size(), all.size()); ++t) {
    const hs_pair& pair = pairs[t];
    HS_CHECK(pair.q >= r.q0 && pair.q < r.q1 && pair.k >= r.k0 && pair.k < r.k1 && map.attends(pair.q, pair.k) && counts(pair.q, pair.k));
    HS_CHECK_NEAR(pair.p, map.at(pair.q, pair.k), 1e-5);
    HS_CHECK_NEAR(pair.p, all[t], 1e-5);
    if (t > 0) HS_CHECK(before(pairs[t - 1], pair));
  }
}

bool every(int64_t, int64_t) { return true; }

}  // namespace

HS_TEST("the strongest pairs of rectangles, few and many") {
  for (const int64_t n : {1, 2, 64, 65, 129}) {
    const AttentionInput in = rounded(AttentionInput(1, 1, 32, n, static_cast<uint32_t>(n), 2));
    const MapReference map(in, 0);
    const PlacedMap there(in, map);
    for (const int64_t count : {1, 7, 65536}) expect_strongest(there, map, nullptr, every, {0, n, 0, n, 1, 1}, count, n == 129);
  }
  const AttentionInput in = rounded(AttentionInput(1, 1, 64, 400, 2, 3));
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  expect_strongest(there, map, nullptr, every, {100, 333, 17, 201, 1, 1}, 500);
  expect_strongest(there, map, nullptr, every, {10, 50, 60, 90, 1, 1}, 5);  // above the diagonal
}

HS_TEST("the strongest pairs that a mask drops, in a model with a window") {
  AttentionInput in = rounded(AttentionInput(1, 1, 32, 300, 4, 2));
  in.window = 150;
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = 4;
  p.window = 40;
  const std::unique_ptr<Mask> mask = headscope::build_mask(*backend(), hs_exec{}, *there.heads(), 0, p, false);
  expect_strongest(there, map, &mask->index, [](int64_t i, int64_t j) { return j >= 4 && i - j >= 40; }, {0, 300, 0, 300, 1, 1}, 200, true);
}

HS_TEST("of more equal pairs than there is room for, the first rows and keys are taken") {
  // Scores of zero: row i has i + 1 pairs of 2^-20, because that is the log-sum-exp it is given.
  const int64_t n = 900;
  AttentionInput in(1, 1, 8, n, 1);
  for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = 0;
  const Placed placed(in);
  const There<float> lse(std::vector<float>(static_cast<size_t>(n), 13.8629436f));
  for (const int64_t count : {1, 3, 5000}) {
    std::vector<hs_pair> pairs(static_cast<size_t>(count));
    int64_t made = 0;
    expect_ok(backend()->strongest(nullptr, &placed.heads, 0, lse.data(), nullptr, 0, n, 0, n, count, pairs.data(), &made), "strongest");
    HS_CHECK_EQ(made, count);
    int64_t i = 0, j = 0;
    for (const hs_pair& pair : pairs) {
      HS_CHECK(pair.q == i && pair.k == j);
      HS_CHECK_NEAR(pair.p, 0x1p-20, 1e-11);
      if (++j > i) ++i, j = 0;
    }
  }
}

HS_TEST("probabilities that differ in their last bits only are told apart") {
  // More pairs than there is room for lie in one step of the first 21 bits: rows of constant scores whose log-sum-exps differ a little.
  const int64_t n = 800;
  AttentionInput in(1, 1, 8, n, 1);
  for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = 0;
  const Placed placed(in);
  std::vector<float> of_row(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) of_row[static_cast<size_t>(i)] = static_cast<float>(1 + i * 37 % n) * 2.4e-7f;
  const There<float> lse(of_row);
  std::vector<hs_pair> pairs(1000);
  int64_t made = 0;
  const auto ask = [&] {
    expect_ok(backend()->strongest(nullptr, &placed.heads, 0, lse.data(), nullptr, 0, n, 0, n, 1000, pairs.data(), &made), "strongest");
    return pairs;
  };
  same_in_every_order(ask);
  HS_CHECK_EQ(made, 1000);
  // The rows with the smallest log-sum-exps, in their order.
  std::vector<hs_pair> want;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) want.push_back({i, j, -of_row[static_cast<size_t>(i)]});
  std::sort(want.begin(), want.end(), before);
  for (size_t t = 0; t < pairs.size(); ++t) {
    // Two log-sum-exps may give one float of probability; then the earlier row comes first.
    HS_CHECK_NEAR(pairs[t].p, std::exp(static_cast<double>(want[t].p)), 1.2e-7);
    if (t > 0) HS_CHECK(before(pairs[t - 1], pairs[t]));
  }
}

HS_TEST("pairs of probability 0 are left out, and impossible requests refused") {
  const AttentionInput in = rounded(AttentionInput(1, 1, 16, 40, 1, 400));
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  const std::vector<hs_pair> pairs = found(there, nullptr, {0, 40, 0, 40, 1, 1}, 65536);
  HS_CHECK(pairs.size() >= 40 && pairs.size() < 820);
  for (const hs_pair& pair : pairs) HS_CHECK(pair.p > 0);
  hs_pair out;
  int64_t made;
  const auto ask = [&](const hs_exec* exec, int64_t q1, int64_t count) {
    return backend()->strongest(exec, there.heads(), 0, there.lse.data(), nullptr, 0, q1, 0, 40, count, &out, &made);
  };
  HS_CHECK_EQ(ask(nullptr, 41, 1), HS_INVALID);
  HS_CHECK_EQ(ask(nullptr, 40, 0), HS_INVALID);
  HS_CHECK_EQ(ask(nullptr, 40, 65537), HS_INVALID);
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(ask(&exec, 40, 1), HS_CANCELLED);
}
