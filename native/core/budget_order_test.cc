#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "../../kernels/check/check.h"
#include "index_parts.h"
#include "mask_builder.h"

using namespace headscope;

namespace {

std::vector<int32_t> sorted_order(const std::vector<float>& score, int64_t forced) {
  std::vector<int32_t> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin() + std::min<int64_t>(std::max<int64_t>(forced, 0), order.size()), order.end(), [&](int32_t a, int32_t b) {
    if (std::isnan(score[a]) || std::isnan(score[b])) return !std::isnan(score[a]) && std::isnan(score[b]);
    return score[a] > score[b];
  });
  return order;
}

void expect_order(const std::vector<float>& score) {
  const int64_t n = static_cast<int64_t>(score.size());
  for (const int64_t forced : {int64_t{0}, int64_t{1}, int64_t{30}, n, n + 5}) {
    const auto want = sorted_order(score, forced);
    HS_CHECK(budget_order(score.data(), n, forced) == want);
    for (const int64_t budget : {int64_t{0}, int64_t{1}, int64_t{29}, int64_t{31}, n / 2, n - 1, n, n + 3}) {
      std::vector<int32_t> prefix(want.begin(), want.begin() + std::min(std::max<int64_t>(budget, 0), n));
      std::sort(prefix.begin(), prefix.end());
      HS_CHECK(budget_set(score.data(), n, forced, budget) == prefix);
    }
  }
}

}  // namespace

HS_TEST("scores of either sign, with ties") {
  std::mt19937 random(1);
  for (const int n : {1, 2, 100, 3000}) {
    std::vector<float> spread(n), tied(n);
    for (int i = 0; i < n; ++i) {
      spread[i] = std::ldexp(static_cast<float>(random() % 2000) - 1000, static_cast<int>(random() % 60) - 30);
      tied[i] = static_cast<float>(random() % 5);
    }
    expect_order(spread);
    expect_order(tied);
    expect_order(std::vector<float>(n, 0));
  }
}

HS_TEST("infinities, zeros of both signs, subnormals and NaN") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  expect_order({0.0f, -0.0f, 1.0f, nan, -inf, inf, 1e-42f, -1e-42f, -nan, 0.0f, -0.0f, inf, -1.0f, nan, 3.0f});
}

HS_TEST("a million scores") {
  std::mt19937 random(2);
  std::vector<float> score(1 << 20);
  for (float& s : score) s = static_cast<float>(random() >> 12);
  HS_CHECK(budget_order(score.data(), 1 << 20, 100) == sorted_order(score, 100));
}
