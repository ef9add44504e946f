// The fused multiply-adds that the processor can do when nothing else is in the way: what every kernel is measured against.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "native/core/thread_pool.h"

namespace headscope::bench {

inline constexpr int64_t kPeakSteps = 1 << 18;

#if defined(__x86_64__)
// Ten chains or more hide the latency of any unit in use. Each starts elsewhere, so that the compiler cannot merge them, and the
// sum goes out, so that it drops none.
__attribute__((target("avx512f"))) inline double peak_avx512(float* out) {
  __m512 acc[24];
  const __m512 x = _mm512_set1_ps(1.0000001f), y = _mm512_set1_ps(1e-9f);
#pragma GCC unroll 24
  for (int i = 0; i < 24; ++i) acc[i] = _mm512_set1_ps(1.0f + (float)i);
  for (int64_t n = 0; n < kPeakSteps; ++n) {
#pragma GCC unroll 24
    for (int i = 0; i < 24; ++i) acc[i] = _mm512_fmadd_ps(acc[i], x, y);
  }
#pragma GCC unroll 24
  for (int i = 1; i < 24; ++i) acc[0] = _mm512_add_ps(acc[0], acc[i]);
  _mm512_storeu_ps(out, acc[0]);
  return 24.0 * 16 * 2 * kPeakSteps;
}
__attribute__((target("avx2,fma"))) inline double peak_avx2(float* out) {
  __m256 acc[12];
  const __m256 x = _mm256_set1_ps(1.0000001f), y = _mm256_set1_ps(1e-9f);
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) acc[i] = _mm256_set1_ps(1.0f + (float)i);
  for (int64_t n = 0; n < kPeakSteps; ++n) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) acc[i] = _mm256_fmadd_ps(acc[i], x, y);
  }
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) acc[0] = _mm256_add_ps(acc[0], acc[i]);
  _mm256_storeu_ps(out, acc[0]);
  return 12.0 * 8 * 2 * kPeakSteps;
}
#endif
// Multiply and add where no wider set is asked for.
inline double peak_portable(float* out) {
  typedef float v4 __attribute__((vector_size(16)));
  v4 acc[12];
  const v4 x = v4{} + 1.0000001f, y = v4{} + 1e-9f;
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) acc[i] = v4{} + (1.0f + (float)i);
  for (int64_t n = 0; n < kPeakSteps; ++n) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) acc[i] = acc[i] * x + y;
  }
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) acc[0] += acc[i];
  std::memcpy(out, &acc[0], sizeof acc[0]);
  return 12.0 * 4 * 2 * kPeakSteps;
}

// GFLOP/s of every worker of the pool together, in one run of some 15 ms; `isa` as kernels/cpu/backend.h names them. On a machine
// that others use, take it among the repeats of what it is compared with.
inline double fma_rate(ThreadPool& pool, const char* isa) {
  double (*run)(float*) = peak_portable;
#if defined(__x86_64__)
  if (!std::strcmp(isa, "avx512")) run = peak_avx512;
  if (!std::strcmp(isa, "avx2")) run = peak_avx2;
#else
  (void)isa;
#endif
  struct Job {
    double (*run)(float*);
    std::vector<double> flops;
    std::vector<float> sums;  // kept, so that the work is
  } job{run, std::vector<double>(8 * static_cast<size_t>(pool.workers())), std::vector<float>(16 * 8 * static_cast<size_t>(pool.workers()))};
  const auto start = std::chrono::steady_clock::now();
  pool.parallel(static_cast<int64_t>(job.flops.size()), [](void* arg, int64_t index, int32_t) {
    Job* j = static_cast<Job*>(arg);
    j->flops[static_cast<size_t>(index)] = j->run(&j->sums[static_cast<size_t>(16 * index)]);
  }, &job);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double total = 0;
  for (double f : job.flops) total += f;
  return total / seconds / 1e9;
}

}  // namespace headscope::bench
