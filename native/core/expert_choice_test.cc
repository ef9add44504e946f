#include "expert_choice.h"

#include <cmath>
#include <vector>

#include "kernels/check/check.h"

using namespace headscope;

HS_TEST("each row takes its likeliest experts, by their probabilities") {
  const std::vector<float> logits = {0, 2, 1, -1, /* */ 5, 5, 5, 5};
  const auto plain = choose_experts(logits.data(), 2, 4, 2, false);
  const double all = 1 + std::exp(2.0) + std::exp(1.0) + std::exp(-1.0);
  HS_CHECK(plain[1].ids == (std::vector<int32_t>{0, 1}));
  HS_CHECK(plain[2].ids == (std::vector<int32_t>{0}));
  HS_CHECK(plain[0].ids == (std::vector<int32_t>{1}));  // of equal ones the first
  HS_CHECK(plain[3].ids.empty());
  HS_CHECK_NEAR(plain[1].weights[0], std::exp(2.0) / all, 1e-7);
  HS_CHECK_NEAR(plain[1].weights[1], 0.25, 1e-7);
  HS_CHECK_NEAR(plain[2].weights[0], std::exp(1.0) / all, 1e-7);
}

HS_TEST("normalised shares of a row sum to 1, however far apart its logits lie") {
  const std::vector<float> logits = {1000, -1000, 999, 998.5f};
  const auto chosen = choose_experts(logits.data(), 1, 4, 3, true);
  double sum = 0;
  for (const ExpertRows& expert : chosen)
    for (const float weight : expert.weights) sum += static_cast<double>(weight);
  HS_CHECK_NEAR(sum, 1, 1e-6);
  HS_CHECK(chosen[1].ids.empty());
}
