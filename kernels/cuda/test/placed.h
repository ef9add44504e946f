// Weights on the device for a test, and random numbers.
#pragma once

#include <random>
#include <vector>

#include "device.h"
#include "kernels/check/weights.h"

namespace headscope::cuda::testing {

// The weights on the device, as the model uploads them.
struct PlacedWeights {
  There<unsigned char> bytes;
  hs_weights view;
  explicit PlacedWeights(const headscope::testing::StoredWeights& w) : bytes(size_of(w.view())), view(w.view()) {
    const auto* first = static_cast<const unsigned char*>(view.data);
    bytes.set(std::vector<unsigned char>(first, first + size_of(view)));
    view.data = bytes.data();
  }
  static int64_t size_of(const hs_weights& w) { return w.out * w.in * (w.dtype == HS_F32 ? 4 : 2); }
};

inline std::vector<float> normals(int64_t count, uint32_t seed, double mean = 0, double magnitude = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::vector<float> x(static_cast<size_t>(count));
  for (float& v : x) v = static_cast<float>(normal(random) * magnitude);
  return x;
}

}  // namespace headscope::cuda::testing
