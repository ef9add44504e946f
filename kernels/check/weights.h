// Weights for the kernels' tests, held as a mapped checkpoint holds them: at an odd address, with nothing readable behind the
// last one (AddressSanitizer sees a read past it). value() widens by arithmetic of its own, in float64.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "../../native/backend.h"

namespace headscope::testing {

inline double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  return sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
}
inline double bfloat_value(uint16_t bits) {
  const int exponent = bits >> 7 & 255, fraction = bits & 127;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 255) return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  return sign * (exponent ? std::ldexp(128 + fraction, exponent - 134) : std::ldexp(fraction, -133));
}

class StoredWeights {
 public:
  StoredWeights(hs_dtype dtype, int64_t out, int64_t in)
      : dtype_(dtype), out_(out), in_(in), bytes_(static_cast<size_t>(out * in * size() + 1)) {}

  // Random values of about +-1, exact in the type.
  StoredWeights(hs_dtype dtype, int64_t out, int64_t in, std::mt19937& random) : StoredWeights(dtype, out, in) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int64_t i = 0; i < out * in; ++i) {
      const float x = uniform(random);
      uint32_t bits;
      std::memcpy(&bits, &x, 4);
      if (dtype == HS_F32) set(i, bits);
      else if (dtype == HS_BF16) set(i, bits >> 16);
      else set(i, (random() & 0x8000) | (random() % 0x3c00));  // any half below 1, subnormals among them
    }
  }

  void set(int64_t i, uint32_t bits) { std::memcpy(&bytes_[static_cast<size_t>(1 + i * size())], &bits, static_cast<size_t>(size())); }
  double value(int64_t i) const {
    if (dtype_ == HS_F32) {
      float x;
      std::memcpy(&x, &bytes_[static_cast<size_t>(1 + i * 4)], 4);
      return x;
    }
    uint16_t bits;
    std::memcpy(&bits, &bytes_[static_cast<size_t>(1 + i * 2)], 2);
    return dtype_ == HS_F16 ? half_value(bits) : bfloat_value(bits);
  }
  hs_weights view() const { return {bytes_.data() + 1, dtype_, out_, in_}; }

 private:
  int64_t size() const { return dtype_ == HS_F32 ? 4 : 2; }

  hs_dtype dtype_;
  int64_t out_, in_;
  std::vector<char> bytes_;
};

}  // namespace headscope::testing
