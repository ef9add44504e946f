// Sums that many blocks add to in whatever order, and whose bits do not depend on it: 64-bit integers of a power of two.
//
// A sum of probabilities of R rows is at most about R, so with a unit of 2^-(60 - log2 R) there is room for 8 times that, and what is lost of each
// term is below 1e-16 for 256 rows and below 1e-12 for a million.
#pragma once

#include "ptx/atomic.h"

namespace headscope::cuda {

// Units in 1, a power of two, of a sum over up to `rows` rows.
inline double units_of_one(int64_t rows) {
  double units = 0x1p60;
  for (int64_t r = 1; r < rows; r *= 2) units /= 2;
  return units;
}

// units: as a float, exact. Nothing is added of what is not above 0.
HS_DEVICE void add_fixed(uint64_t* to, float x, float units) {
  if (x > 0) atomic_add(to, static_cast<uint64_t>(x * units));
}
HS_DEVICE void add_fixed(uint64_t* to, double x, double units) {
  if (x > 0) atomic_add(to, static_cast<uint64_t>(x * units));
}

}  // namespace headscope::cuda
