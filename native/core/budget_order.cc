// The order in which a budget takes indices: a stable radix sort, because surfaces need all of it and a long prompt has a
// million of them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "index_parts.h"
#include "mask_builder.h"

namespace headscope {
namespace {

// Ascending keys are descending scores; NaN comes last, and both zeros are one.
uint32_t descending_key(float score) {
  if (std::isnan(score)) return UINT32_MAX;
  const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0f);
  return bits >> 31 ? bits : ~bits & 0x7fffffffu;
}

}  // namespace

std::vector<int32_t> budget_order(const float* score, int64_t n, int64_t forced) {
  forced = std::min(std::max<int64_t>(forced, 0), n);
  std::vector<int32_t> order(n), scratch(n);
  std::iota(order.begin(), order.end(), 0);
  constexpr int kBits = 11, kBuckets = 1 << kBits;
  for (int shift = 0; shift < 32; shift += kBits) {
    std::vector<int64_t> start(kBuckets + 1, 0);
    const auto bucket = [&](int32_t i) { return descending_key(score[i]) >> shift & (kBuckets - 1); };
    for (int64_t i = forced; i < n; ++i) ++start[bucket(static_cast<int32_t>(i)) + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    for (int64_t t = forced; t < n; ++t) scratch[forced + start[bucket(order[t])]++] = order[t];
    std::copy(scratch.begin() + forced, scratch.end(), order.begin() + forced);
  }
  return order;
}

std::vector<int32_t> budget_set(const float* score, int64_t n, int64_t forced, int64_t budget) {
  forced = std::min(std::max<int64_t>(forced, 0), n);
  budget = std::min(std::max<int64_t>(budget, 0), n);
  std::vector<int32_t> kept(std::min(forced, budget));
  std::iota(kept.begin(), kept.end(), 0);
  if (budget <= forced) return kept;
  // A key in the high half and the index in the low one: all different, so the partition has one outcome.
  std::vector<uint64_t> keys(n - forced);
  for (int64_t i = forced; i < n; ++i) keys[i - forced] = static_cast<uint64_t>(descending_key(score[i])) << 32 | static_cast<uint64_t>(i);
  const auto cut = keys.begin() + (budget - forced);
  if (cut != keys.end()) std::nth_element(keys.begin(), cut, keys.end());
  for (auto key = keys.begin(); key != cut; ++key) kept.push_back(static_cast<int32_t>(*key & UINT32_MAX));
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace headscope
