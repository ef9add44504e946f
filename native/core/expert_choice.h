// Which experts each row takes, from the router's logits.
#pragma once

#include <cstdint>
#include <vector>

namespace headscope {

struct ExpertRows {
  std::vector<int32_t> ids;    // rows that take this expert, ascending
  std::vector<float> weights;  // with what share
};

// logits: [rows, experts], host. Each row takes the `taken` experts of largest probability (softmax over all; of equal ones the
// first), with that probability as share, or with shares that sum to 1 where `normalise`. Returns [experts].
std::vector<ExpertRows> choose_experts(const float* logits, int64_t rows, int64_t experts, int32_t taken, bool normalise);

}  // namespace headscope
