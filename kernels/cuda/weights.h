// Weights on the device, in the type that the checkpoint stores.
#pragma once

#include "../../native/backend.h"
#include "ptx/bfloat16.h"

namespace headscope::cuda {

// An IEEE half as a float32, exactly.
HS_DEVICE float float_of_half(uint16_t half) {
#if HS_EMULATED
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16, rest = half & 0x7fffu;
  if (rest >= 0x7c00) return float_of_bits(sign | 0x7f800000u | (rest & 0x3ff) << 13);
  if (rest >= 0x400) return float_of_bits(sign | ((rest << 13) + (112u << 23)));
  const float subnormal = static_cast<float>(rest) * 0x1p-24f;
  return sign ? -subnormal : subnormal;
#else
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(half));
  return x;
#endif
}

struct Weights {
  const void* data;
  hs_dtype dtype;

  // Element i, widened.
  HS_DEVICE float operator[](int64_t i) const {
    if (dtype == HS_BF16) return to_float(static_cast<const Bf16*>(data)[i]);
    if (dtype == HS_F16) return float_of_half(static_cast<const uint16_t*>(data)[i]);
    return static_cast<const float*>(data)[i];
  }
};

inline bool known_type(hs_dtype dtype) { return dtype == HS_F32 || dtype == HS_F16 || dtype == HS_BF16; }

}  // namespace headscope::cuda
