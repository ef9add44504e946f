// A case of split_heads: heads side by side in rows with a gap between, a rotation of each position, and what must come of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "check.h"

namespace headscope::testing {

struct RotationCase {
  int64_t rows;
  int32_t heads, d, pairs;  // pairs 0: nothing turns
  bool interleaved;
  int64_t ldx, first = 2, total;
  std::vector<float> x;         // [rows, ldx], NaN in the gaps; the last row ends without one
  std::vector<float> cos, sin;  // [rows, pairs]

  RotationCase(int64_t rows_, int32_t heads_, int32_t d_, int32_t pairs_, bool interleaved_)
      : rows(rows_), heads(heads_), d(d_), pairs(pairs_), interleaved(interleaved_), ldx(heads * d + kGap), total(rows + 5),
        x(static_cast<size_t>(rows * ldx - kGap), std::numeric_limits<float>::quiet_NaN()), cos(static_cast<size_t>(rows * pairs)), sin(cos.size()) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < heads * d; ++i) x[static_cast<size_t>(r * ldx + i)] = normal(random);
      for (int64_t i = 0; i < pairs; ++i) {
        const double angle = static_cast<double>(r + 1) * std::pow(100.0, -static_cast<double>(i) / static_cast<double>(pairs));
        cos[static_cast<size_t>(r * pairs + i)] = static_cast<float>(std::cos(angle));
        sin[static_cast<size_t>(r * pairs + i)] = static_cast<float>(std::sin(angle));
      }
    }
  }

  // What split_heads is given to write to.
  std::vector<float> untouched() const { return std::vector<float>(static_cast<size_t>(heads * total * d), kUntouched); }

  // out: [heads, total, d]. Pairs within 1e-6 of float64, the rest copied, rows outside [first, first + rows) left alone.
  void expect(const std::vector<float>& out) const {
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < total; ++t)
        for (int64_t i = 0; i < d; ++i) {
          const double got = out[static_cast<size_t>((h * total + t) * d + i)];
          const int64_t r = t - first;
          if (r < 0 || r >= rows) {
            HS_CHECK_EQ(got, static_cast<double>(kUntouched));
            continue;
          }
          const float* head = &x[static_cast<size_t>(r * ldx + h * d)];
          if (i >= 2 * pairs) {
            HS_CHECK_EQ(got, static_cast<double>(head[i]));
            continue;
          }
          const int64_t pair = interleaved ? i / 2 : i % pairs, lo = interleaved ? 2 * pair : pair, hi = interleaved ? lo + 1 : pair + pairs;
          const double c = cos[static_cast<size_t>(r * pairs + pair)], s = sin[static_cast<size_t>(r * pairs + pair)];
          HS_CHECK_NEAR(got, i == lo ? head[lo] * c - head[hi] * s : head[hi] * c + head[lo] * s, 1e-6);
        }
  }

 private:
  static constexpr int64_t kGap = 3;
  static constexpr float kUntouched = -5;
};

}  // namespace headscope::testing
