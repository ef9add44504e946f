// Attention in float64, a cell at a time, and inputs to hold against it. Every array the kernels get lies between guards of NaN,
// so that a read past its bounds shows in the result.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "../../native/backend.h"

namespace headscope::testing {

class GuardedArray {
 public:
  explicit GuardedArray(int64_t count, float value = std::numeric_limits<float>::quiet_NaN())
      : count_(count), all_(count + 2 * kGuard, std::numeric_limits<float>::quiet_NaN()) {
    std::fill(data(), data() + count, value);
  }
  float* data() { return all_.data() + kGuard; }
  const float* data() const { return all_.data() + kGuard; }
  int64_t size() const { return count_; }
  float& operator[](int64_t i) { return data()[i]; }
  float operator[](int64_t i) const { return data()[i]; }
  bool guards_intact() const {
    for (int64_t i = 0; i < kGuard; ++i)
      if (!std::isnan(all_[i]) || !std::isnan(all_[kGuard + count_ + i])) return false;
    return true;
  }

 private:
  static constexpr int64_t kGuard = 1024;
  int64_t count_;
  std::vector<float> all_;
};

struct AttentionInput {
  int32_t heads, kv_heads, head_dim;
  int64_t rows;
  GuardedArray q, k, v;
  float scale, cap = 0;
  int64_t window = 0;

  AttentionInput(int32_t h, int32_t g, int32_t d, int64_t n, uint32_t seed, float logits = 1)
      : heads(h), kv_heads(g), head_dim(d), rows(n), q(h * n * d), k(g * n * d), v(g * n * d), scale(1 / std::sqrt(static_cast<float>(d))) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < q.size(); ++i) q[i] = normal(random) * logits;
    for (int64_t i = 0; i < k.size(); ++i) k[i] = normal(random);
    for (int64_t i = 0; i < v.size(); ++i) v[i] = normal(random) + 0.5f;
  }
  hs_heads view() const { return {q.data(), k.data(), v.data(), heads, kv_heads, head_dim, rows, scale, cap, window}; }
  bool attends(int64_t i, int64_t j) const { return j <= i && (window == 0 || i - j < window); }
  double score(int64_t head, int64_t i, int64_t j) const {
    const float* a = q.data() + (head * rows + i) * head_dim;
    const float* b = k.data() + (head / (heads / kv_heads) * rows + j) * head_dim;
    double s = 0;
    for (int32_t c = 0; c < head_dim; ++c) s += static_cast<double>(a[c]) * b[c];
    s *= scale;
    return cap > 0 ? cap * std::tanh(s / cap) : s;
  }
};

using Keep = std::function<bool(int64_t i, int64_t j)>;  // asked for j <= i only

struct ReferenceHead {
  std::vector<double> out;                         // [N, d]
  std::vector<double> lse;                         // [N]
  std::vector<double> overview_sum, overview_max;  // [256, 256]
  std::vector<double> column_sum, distance_sum;    // [N], over the rows from `from_row` on
};

inline ReferenceHead reference_attention(const AttentionInput& in, int32_t head, const Keep& keep, int64_t from_row = 0) {
  const int64_t n = in.rows, d = in.head_dim;
  ReferenceHead r;
  r.out.assign(n * d, 0);
  r.lse.assign(n, -std::numeric_limits<double>::infinity());
  r.overview_sum.assign(256 * 256, 0);
  r.overview_max.assign(256 * 256, 0);
  r.column_sum.assign(n, 0);
  r.distance_sum.assign(n, 0);
  std::vector<int> bin(n);
  for (int x = 0; x < 256; ++x)
    for (int64_t i = x * n / 256; i < (x + 1) * n / 256; ++i) bin[i] = x;
  const float* v = in.v.data() + head / (in.heads / in.kv_heads) * n * d;
  std::vector<double> p(n);
  for (int64_t i = from_row; i < n; ++i) {
    double top = -std::numeric_limits<double>::infinity(), total = 0;
    for (int64_t j = 0; j <= i; ++j) {
      p[j] = in.attends(i, j) && keep(i, j) ? in.score(head, i, j) : -std::numeric_limits<double>::infinity();
      top = std::max(top, p[j]);
    }
    if (std::isinf(top)) continue;
    for (int64_t j = 0; j <= i; ++j) total += p[j] = std::exp(p[j] - top);
    r.lse[i] = top + std::log(total);
    for (int64_t j = 0; j <= i; ++j) {
      if (p[j] == 0) continue;
      p[j] /= total;
      for (int64_t c = 0; c < d; ++c) r.out[i * d + c] += p[j] * v[j * d + c];
      const int cell = bin[i] * 256 + bin[j];
      r.overview_sum[cell] += p[j];
      r.overview_max[cell] = std::max(r.overview_max[cell], p[j]);
      r.column_sum[j] += p[j];
      r.distance_sum[i - j] += p[j];
    }
  }
  return r;
}

inline bool keep_all(int64_t, int64_t) { return true; }

}  // namespace headscope::testing
