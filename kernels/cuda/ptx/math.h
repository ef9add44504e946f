// The special functions of the device. On the emulator they are the C library's, so results agree with a device to the error
// named, not to the bit.
#pragma once

#include <cmath>

#include "platform.h"

namespace headscope::cuda {

// 2^x to 2 ulp; results below 2^-126 are 0. exp2_fast(-inf) = 0.
HS_DEVICE float exp2_fast(float x) {
#if HS_EMULATED
  const float y = std::exp2(x);
  return y < 0x1p-126f ? 0.0f : y;
#else
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#endif
}

// 1 / sqrt(x) to 2 ulp.
HS_DEVICE float rsqrt_fast(float x) {
#if HS_EMULATED
  return 1.0f / std::sqrt(x);
#else
  return rsqrtf(x);
#endif
}

// a / b to 2 ulp for |b| in [2^-126, 2^126].
HS_DEVICE float divide_fast(float a, float b) {
#if HS_EMULATED
  return a / b;
#else
  return __fdividef(a, b);
#endif
}

}  // namespace headscope::cuda
