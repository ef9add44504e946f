// A head's map in float64, from inputs as the kernels round them.
#pragma once

#include "attention_input.h"

namespace headscope::cuda::testing {

struct MapReference {
  int64_t n, window;
  std::vector<double> p;  // [N, N], 0 where the model does not attend
  std::vector<float> lse;

  MapReference(const AttentionInput& in, int32_t head) : n(in.rows), window(in.window), p(static_cast<size_t>(n * n), 0), lse(static_cast<size_t>(n)) {
    for (int64_t i = 0; i < n; ++i) {
      double* const row = &p[static_cast<size_t>(i * n)];
      double top = -1e300, total = 0;
      const int64_t seen = window > 0 ? std::max<int64_t>(0, i - window + 1) : 0;
      for (int64_t j = seen; j <= i; ++j) top = std::max(top, row[j] = in.score(head, i, j));
      for (int64_t j = seen; j <= i; ++j) total += std::exp(row[j] - top);
      for (int64_t j = seen; j <= i; ++j) row[j] = std::exp(row[j] - top) / total;
      lse[static_cast<size_t>(i)] = static_cast<float>(top + std::log(total));
    }
  }
  double at(int64_t i, int64_t j) const { return p[static_cast<size_t>(i * n + j)]; }
  bool attends(int64_t i, int64_t j) const { return j <= i && (window == 0 || i - j < window); }
};

// A head on the device, its log-sum-exp with it.
struct PlacedMap {
  Placed placed;
  There<float> lse;
  PlacedMap(const AttentionInput& in, const MapReference& map) : placed(in), lse(map.lse) {}
  const hs_heads* heads() const { return &placed.heads; }
};

struct Rect {
  int64_t q0, q1, k0, k1, width, height;
};

}  // namespace headscope::cuda::testing
