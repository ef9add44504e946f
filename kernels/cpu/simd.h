// The one vector layer of the CPU kernels. Every kernel source that includes this file is compiled once per
// instruction set (see kernels/cpu/CMakeLists.txt); HS_ISA names the namespace, so the copies never meet in the
// linker. For the same reason these sources include no standard C++ header with inline templates.
#pragma once

#include <cstdint>

#if defined(__AVX2__) || defined(__AVX512F__)
#pragma GCC diagnostic push  // GCC 12 warns of its own _mm512_undefined_ps()
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#ifndef HS_ISA
#error "HS_ISA must name the instruction set this source is compiled for"
#endif

namespace headscope::cpu::HS_ISA {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;  // SSE2 or NEON: GCC keeps a vector wider than the machine's registers in memory
#endif

typedef float f32v __attribute__((vector_size(kLanes * 4)));
typedef int32_t i32v __attribute__((vector_size(kLanes * 4)));

static inline f32v load(const float* p) {
  f32v v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
static inline void store(float* p, f32v v) { __builtin_memcpy(p, &v, sizeof v); }
static inline f32v splat(float x) {
#if defined(__AVX512F__)
  return (f32v)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (f32v)_mm256_set1_ps(x);
#else
  return f32v{x, x, x, x};
#endif
}
static inline f32v fma(f32v a, f32v b, f32v c) {
#if defined(__AVX512F__)
  return (f32v)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
  return (f32v)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}
// NaN in either operand gives b, as the x86 instruction does.
static inline f32v max(f32v a, f32v b) {
#if defined(__AVX512F__)
  return (f32v)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (f32v)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

// Lane t is `value[t]` where bit t of `bits` is set, else `otherwise`. Bits past kLanes are ignored.
static inline f32v select(uint32_t bits, f32v value, float otherwise) {
#if defined(__AVX512F__)
  return (f32v)_mm512_mask_blend_ps((__mmask16)bits, _mm512_set1_ps(otherwise), (__m512)value);
#elif defined(__AVX2__)
  const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i on = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), lane), lane);
  return (f32v)_mm256_blendv_ps(_mm256_set1_ps(otherwise), (__m256)value, _mm256_castsi256_ps(on));
#else
  f32v out = splat(otherwise);
  for (int t = 0; t < kLanes; ++t)
    if (bits >> t & 1) out[t] = value[t];
  return out;
#endif
}

static inline float reduce_add(f32v v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)v);
#elif defined(__AVX2__)
  __m128 h = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
  h = _mm_add_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_add_ss(h, _mm_movehdup_ps(h)));
#else
  float s = 0;
  for (int t = 0; t < kLanes; ++t) s += v[t];
  return s;
#endif
}
static inline float reduce_max(f32v v) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)v);
#elif defined(__AVX2__)
  __m128 h = _mm_max_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
  h = _mm_max_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_max_ss(h, _mm_movehdup_ps(h)));
#else
  float s = v[0];
  for (int t = 1; t < kLanes; ++t) s = s > v[t] ? s : v[t];
  return s;
#endif
}

// exp(x), relative error below 2 ulp for x in [-87, 88]; x <= -104 (so also -inf) gives exactly 0. The argument of a
// softmax is never positive, so there is no overflow branch. Cephes' reduction (x = n ln2 + r) and a degree-6 polynomial.
static inline f32v exp(f32v x) {
  const f32v low = splat(-104.0f);
#if defined(__AVX512F__)
  const __mmask16 keep = _mm512_cmp_ps_mask((__m512)x, (__m512)low, _CMP_GT_OQ);
#else
  const i32v keep = x > low;
#endif
  const f32v clamped = max(x, splat(-87.3f));
  const f32v magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to the nearest integer
  const f32v shifted = fma(clamped, splat(1.44269504088896341f), magic);
  const f32v n = shifted - magic;
  f32v r = fma(n, splat(-0.693359375f), clamped);
  r = fma(n, splat(2.12194440e-4f), r);
  f32v p = splat(1.9875691500e-4f);
  p = fma(p, r, splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  p = fma(p, r, splat(5.0000001201e-1f));
  p = fma(p, r * r, r + splat(1.0f));
  const i32v scale = ((i32v)shifted << 23) + (int32_t)0x3f800000;
  const f32v y = p * (f32v)scale;
#if defined(__AVX512F__)
  return (f32v)_mm512_maskz_mov_ps(keep, (__m512)y);
#else
  return (f32v)((i32v)y & keep);
#endif
}

// tanh(x), absolute error below 2e-7. Near 0, where 1 - exp would cancel, Cephes' polynomial.
static inline f32v tanh(f32v x) {
  const i32v sign = (i32v)x & (int32_t)0x80000000;
  const f32v size = (f32v)((i32v)x & (int32_t)0x7fffffff);
  const f32v e = exp(size * splat(-2.0f));
  const f32v far = (splat(1.0f) - e) / (splat(1.0f) + e);
  const f32v z = size * size;
  f32v p = splat(-5.70498872745e-3f);
  p = fma(p, z, splat(2.06390887954e-2f));
  p = fma(p, z, splat(-5.37397155531e-2f));
  p = fma(p, z, splat(1.33314422036e-1f));
  p = fma(p, z, splat(-3.33332819422e-1f));
  const f32v near = fma(p * z, size, size);
  const i32v is_near = size < splat(0.625f);
  return (f32v)((((i32v)near & is_near) | ((i32v)far & ~is_near)) | sign);
}

// cap * tanh(x / cap), cap > 0.
static inline f32v soft_cap(f32v x, float cap) { return tanh(x * splat(1.0f / cap)) * splat(cap); }

}  // namespace headscope::cpu::HS_ISA
