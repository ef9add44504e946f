// Weights as checkpoints store them (f32, IEEE half or bfloat16, at any address), widened to float32 vectors.
#pragma once

#include <stddef.h>

#include "../../native/backend.h"
#include "simd.h"

namespace headscope::cpu::HS_ISA {

typedef uint16_t u16v __attribute__((vector_size(kLanes * 2)));
typedef uint32_t u32v __attribute__((vector_size(kLanes * 4)));

static inline int64_t element_bytes(hs_dtype dtype) { return dtype == HS_F32 ? 4 : 2; }

// Exact, subnormals, infinities and NaN included. The bits below the sign, moved to float32's place, are the half's value
// times 2^-112 (as a float32 subnormal where the half is one); only the largest exponent has another meaning.
static inline f32v widen_half(u16v h) {
#if defined(__AVX512F__)
  return (f32v)_mm512_cvtph_ps((__m256i)h);
#elif defined(__F16C__)
  return (f32v)_mm256_cvtph_ps((__m128i)h);
#else
  const u32v bits = __builtin_convertvector(h, u32v);
  const u32v magnitude = (bits & 0x7fff) << 13;
  const u32v special = (u32v)(magnitude >= 0x0f800000) & 0x7f800000;
  const u32v finite = (u32v)((f32v)magnitude * 0x1p112f);
  return (f32v)(finite | special | (bits & 0x8000) << 16);
#endif
}

// kLanes weights from p.
template <hs_dtype T>
static inline f32v load_weights(const char* p) {
  if constexpr (T == HS_F32) {
    f32v v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
  } else {
    u16v h;
    __builtin_memcpy(&h, p, sizeof h);
    if constexpr (T == HS_F16) return widen_half(h);
    return (f32v)(__builtin_convertvector(h, u32v) << 16);
  }
}

// n < kLanes weights from p and zeros behind them; reads nothing past the n-th, which may be the last of a mapped file.
template <hs_dtype T>
static inline f32v load_last_weights(const char* p, int64_t n) {
  char copy[kLanes * 4] = {};
  __builtin_memcpy(copy, p, (size_t)(n * element_bytes(T)));
  return load_weights<T>(copy);
}

static inline f32v load_last(const float* p, int64_t n) { return load_last_weights<HS_F32>((const char*)p, n); }
static inline void store_last(float* p, f32v v, int64_t n) { __builtin_memcpy(p, &v, (size_t)n * sizeof(float)); }

}  // namespace headscope::cpu::HS_ISA
