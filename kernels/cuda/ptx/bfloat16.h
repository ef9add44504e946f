// bfloat16: the upper half of a float32, rounded to nearest, ties to even, as the device's own conversion does.
#pragma once

#include <cstring>

#include "platform.h"

namespace headscope::cuda {

struct Bf16 {
  uint16_t bits;
};

HS_DEVICE float float_of_bits(uint32_t bits) {
#if HS_EMULATED
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
#else
  return __uint_as_float(bits);
#endif
}
HS_DEVICE uint32_t bits_of_float(float x) {
#if HS_EMULATED
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
#else
  return __float_as_uint(x);
#endif
}

HS_DEVICE float to_float(Bf16 x) { return float_of_bits(static_cast<uint32_t>(x.bits) << 16); }

HS_DEVICE Bf16 to_bf16(float x) {
#if HS_EMULATED
  const uint32_t bits = bits_of_float(x);
  if (x != x) return {0x7fff};  // the one NaN that the conversion gives
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
#else
  uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return {bits};
#endif
}

// Two of them in a register, as the matrix instructions take them: `low` in the lower half, the lower column.
HS_DEVICE uint32_t pack_bf16(float low, float high) {
#if HS_EMULATED
  return to_bf16(low).bits | static_cast<uint32_t>(to_bf16(high).bits) << 16;
#else
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#endif
}
HS_DEVICE float low_bf16(uint32_t pair) { return float_of_bits(pair << 16); }
HS_DEVICE float high_bf16(uint32_t pair) { return float_of_bits(pair & 0xffff0000u); }

}  // namespace headscope::cuda
