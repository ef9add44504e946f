#include "expert_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace headscope {

std::vector<ExpertRows> choose_experts(const float* logits, int64_t rows, int64_t experts, int32_t taken, bool normalise) {
  std::vector<ExpertRows> chosen(static_cast<size_t>(experts));
  std::vector<int32_t> order(static_cast<size_t>(experts));
  for (int64_t r = 0; r < rows; ++r) {
    const float* row = logits + r * experts;
    const auto larger = [&](int32_t a, int32_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + taken, order.end(), larger);
    const double top = static_cast<double>(row[order[0]]);
    double all = 0, mine = 0;
    for (int64_t e = 0; e < experts; ++e) all += std::exp(static_cast<double>(row[e]) - top);
    for (int32_t t = 0; t < taken; ++t) mine += std::exp(static_cast<double>(row[order[static_cast<size_t>(t)]]) - top);
    for (int32_t t = 0; t < taken; ++t) {
      const int32_t e = order[static_cast<size_t>(t)];
      ExpertRows& expert = chosen[static_cast<size_t>(e)];
      expert.ids.push_back(static_cast<int32_t>(r));
      expert.weights.push_back(static_cast<float>(std::exp(static_cast<double>(row[e]) - top) / (normalise ? mine : all)));
    }
  }
  return chosen;
}

}  // namespace headscope
