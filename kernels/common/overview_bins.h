// The 256 bins that a head's overview divides its rows and its keys into: bin x of n is [x n / 256, (x + 1) n / 256).
#pragma once

#include "chunk_cover.h"

namespace headscope {

inline constexpr int kBins = 256;

HS_HOST_DEVICE static inline int64_t bin_start(int64_t bin, int64_t n) { return bin * n / kBins; }
// The one bin that holds i.
HS_HOST_DEVICE static inline int64_t bin_of(int64_t i, int64_t n) {
  // A GPU divides 32 bits many times as fast.
  if (n < int64_t{1} << 23) return ((uint32_t)(i + 1) * kBins + (uint32_t)n - 1) / (uint32_t)n - 1;
  return ((i + 1) * kBins + n - 1) / n - 1;
}

}  // namespace headscope
