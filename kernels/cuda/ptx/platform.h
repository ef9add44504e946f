// Which of the two worlds this is compiled for. Kernels never ask: only this folder does, where every instruction has a PTX form
// (nvcc) and an exact form in C++ that runs on the emulator's threads (any other compiler).
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#define HS_EMULATED 0
#else
#include "../emulator/thread.h"
#define HS_EMULATED 1
#endif

// Of everything that a kernel calls.
#define HS_DEVICE __device__ __forceinline__

namespace headscope::cuda {

inline constexpr int kWarp = 32;
inline constexpr uint32_t kAllLanes = 0xffffffffu;

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
