// Choices on the device against native/core's on the host: the same lists, whatever the scores.
#include <cmath>
#include <functional>

#include "attention_input.h"
#include "kernels/cuda/select.h"
#include "native/core/index_parts.h"

using headscope::budget_set;
using headscope::cuda::backend;
using headscope::cuda::Selection;
using headscope::cuda::select_budgets;
using namespace headscope::cuda::testing;

namespace {

std::vector<int32_t> selected(const std::vector<float>& scores, int32_t forced, int32_t budget) {
  const There<float> there(scores);
  return same_in_every_order([&] {
    const There<int32_t> list(budget + 1);
    const There<Selection> selection(std::vector<Selection>{{there.data(), list.data(), static_cast<int32_t>(scores.size()), forced, budget}});
    expect_ok(select_budgets(selection.data(), 1), "select");
    std::vector<int32_t> got = list.get();
    HS_CHECK_EQ(got.back(), -1);  // not written
    got.pop_back();
    return got;
  });
}

HS_TEST("a selection takes what the host's takes: ties, both zeros, NaN, infinities, forced ones, every budget") {
  std::mt19937 random(1);
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const int32_t n : {1, 2, 31, 33, 300, 2100}) {
    std::vector<std::vector<float>> kinds(4, std::vector<float>(static_cast<size_t>(n)));
    for (int32_t i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      kinds[0][at] = std::normal_distribution<float>()(random);
      kinds[1][at] = static_cast<float>(random() % 3);
      kinds[2][at] = 0.25f;
      const float odd[] = {nan, -nan, inf, -inf, 0.0f, -0.0f, 1e-40f, -1e-40f, 1, -1};
      kinds[3][at] = odd[random() % 10];
    }
    for (const std::vector<float>& scores : kinds)
      for (const int32_t forced : {0, 1, n / 3})
        for (const int32_t budget : {0, 1, n / 4, n / 2, n - 1, n}) {
          if (n == 2100 && budget != n / 4) continue;
          const std::vector<int32_t> want = budget_set(scores.data(), n, forced, budget);
          HS_CHECK(selected(scores, forced, budget) == want);
        }
  }
}

struct Wanted {
  int32_t head, last, forced_columns, columns, forced_distances, distances;
};

void expect_choices(const AttentionInput& in, const std::vector<Wanted>& wanted) {
  const Placed placed(in);
  std::vector<std::vector<int32_t>> columns, distances;
  std::vector<hs_diagonals_choice> choices;
  for (const Wanted& w : wanted) {
    columns.emplace_back(static_cast<size_t>(w.columns), -1);
    distances.emplace_back(static_cast<size_t>(w.distances), -1);
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Wanted& w = wanted[i];
    choices.push_back({w.head, w.last, w.forced_columns, w.columns, w.forced_distances, w.distances, columns[i].data(), distances[i].data()});
  }
  expect_ok(backend()->choose_diagonals(nullptr, &placed.heads, static_cast<int32_t>(choices.size()), choices.data()), "choose_diagonals");
  const int64_t n = in.rows, reach = in.window > 0 && in.window < n ? in.window : n;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Wanted& w = wanted[i];
    std::vector<float> column_sum(static_cast<size_t>(n)), distance_sum(static_cast<size_t>(n));
    expect_ok(backend()->last_rows_estimate(nullptr, &placed.heads, w.head, w.last, column_sum.data(), distance_sum.data()), "estimate");
    HS_CHECK(columns[i] == budget_set(column_sum.data(), n, w.forced_columns, w.columns));
    HS_CHECK(distances[i] == budget_set(distance_sum.data(), reach, w.forced_distances, w.distances));
  }
}

HS_TEST("heads of a layer at once choose what each chooses alone") {
  expect_choices(AttentionInput(4, 2, 32, 300, 1), {{2, 64, 30, 60, 100, 120}, {0, 64, 0, 1, 1, 1}, {3, 100, 5, 300, 10, 300}, {1, 100, 0, 0, 1, 7}, {1, 7, 3, 2, 3, 9}});
  AttentionInput windowed(2, 1, 40, 260, 2);
  windowed.window = 90;
  windowed.cap = 20;
  expect_choices(windowed, {{0, 64, 30, 80, 50, 60}, {1, 64, 0, 10, 1, 90}});
  AttentionInput even(1, 1, 32, 200, 3);
  for (int64_t i = 0; i < even.q.size(); ++i) even.q[i] = 0;  // sums with many ties
  expect_choices(even, {{0, 64, 2, 70, 2, 50}});
  expect_choices(AttentionInput(1, 1, 32, 1, 4), {{0, 1, 1, 1, 1, 1}});
}

HS_TEST("choices outside their bounds are refused, and a cancel is heard") {
  const AttentionInput in(1, 1, 32, 50, 5);
  const Placed placed(in);
  std::vector<int32_t> list(50);
  const hs_diagonals_choice good{0, 10, 1, 5, 1, 5, list.data(), list.data()};
  const auto status = [&](const hs_diagonals_choice& c, const hs_exec* exec = nullptr) { return backend()->choose_diagonals(exec, &placed.heads, 1, &c); };
  for (const auto& change : std::vector<std::function<void(hs_diagonals_choice&)>>{[](auto& c) { c.head = 1; }, [](auto& c) { c.last = 51; }, [](auto& c) { c.columns = 51; },
                                                                                  [](auto& c) { c.distances = -1; }, [](auto& c) { c.forced_columns = 60; }, [](auto& c) { c.column_list = nullptr; }}) {
    hs_diagonals_choice bad = good;
    change(bad);
    HS_CHECK_EQ(status(bad), HS_INVALID);
  }
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(status(good, &exec), HS_CANCELLED);
  HS_CHECK_EQ(status(good), HS_OK);
}

HS_TEST("usable values: every place and kind of one that is not") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  int32_t usable = -1;
  for (const int64_t n : {0, 1, 255, 1000}) {
    std::vector<float> x(static_cast<size_t>(n), -1e18f);
    const There<float> there(x);
    expect_ok(backend()->all_usable(nullptr, there.data(), n, 1e18f, &usable), "usable");
    HS_CHECK_EQ(usable, 1);
    for (const float bad : {nan, inf, -inf, 1.1e18f})
      for (const int64_t at : {int64_t{0}, n / 2, n - 1}) {
        if (n == 0) continue;
        std::vector<float> y = x;
        y[static_cast<size_t>(at)] = bad;
        const There<float> bad_there(y);
        expect_ok(backend()->all_usable(nullptr, bad_there.data(), n, 1e18f, &usable), "usable");
        HS_CHECK_EQ(usable, 0);
      }
  }
}

}  // namespace
