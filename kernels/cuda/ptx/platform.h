// Which of the two worlds this is compiled for. Kernels never ask: only this folder does, where every instruction has a PTX form
// (nvcc) and an exact form in C++ that runs on the emulator's threads (any other compiler).
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#define HS_EMULATED 0
// Hopper's own instructions are there: code for sm_90a.
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HS_SM90A 1
#else
#define HS_SM90A 0
#endif
#else
#include "../emulator/thread.h"
#define HS_EMULATED 1
#define HS_SM90A 0
#endif

// Of everything that a kernel calls.
#define HS_DEVICE __device__ __forceinline__

namespace headscope::cuda {

inline constexpr int kWarp = 32;
inline constexpr uint32_t kAllLanes = 0xffffffffu;

// A kernel for Hopper has a body only where this holds: `if constexpr (kHasHopper) { ... }`.
inline constexpr bool kHasHopper = HS_EMULATED || HS_SM90A;
#if !HS_EMULATED && !HS_SM90A
// In place of an instruction that this architecture lacks.
HS_DEVICE void no_hopper() { __trap(); }
#endif

// Blocks have one dimension.
HS_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
HS_DEVICE int lane_index() { return thread_index() % kWarp; }
HS_DEVICE int warp_index() { return thread_index() / kWarp; }
HS_DEVICE int block_threads() { return static_cast<int>(blockDim.x); }

// N values that are loaded and stored as one: aligned to their size.
template <class T, int N>
struct alignas(sizeof(T) * N) Vec {
  T v[N];
  HS_DEVICE T& operator[](int i) { return v[i]; }
  HS_DEVICE const T& operator[](int i) const { return v[i]; }
};

}  // namespace headscope::cuda
