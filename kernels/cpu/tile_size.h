// The shapes of the linear kernels' blocks, per instruction set. Numbers only; gemm.isa.cc says what each one bounds.
#pragma once

#include <cstdint>

#include "simd.h"

namespace headscope::cpu::HS_ISA {

struct GemmTile {
  int rows;           // of a register tile: rows * vectors accumulators, plus `vectors` weights and one input
  int vectors;        // of weights in a register tile: it is vectors * kLanes outputs wide
  int64_t depth;      // inputs of a packed block; a slab of depth * kLanes floats should stay in the first-level cache
  int64_t width;      // outputs of a packed block: depth * width floats should stay in the second-level cache
  int64_t task_rows;  // the fewest rows worth packing a block of weights for
};

#if defined(__AVX512F__)
inline constexpr GemmTile kGemm = {14, 2, 384, 512, 112};  // 28 of 32 registers accumulate
inline constexpr int64_t kGemvRows = 16;                   // up to so many rows, packing the weights costs more than it saves
inline constexpr int kDotOutputs = 4;                      // weight rows that gemv multiplies at a time,
inline constexpr int kDotRows = 4;                         // by so many input rows
#elif defined(__AVX2__)
inline constexpr GemmTile kGemm = {6, 2, 384, 256, 96};  // 12 of 16
inline constexpr int64_t kGemvRows = 6;
inline constexpr int kDotOutputs = 4;
inline constexpr int kDotRows = 3;
#else
inline constexpr GemmTile kGemm = {4, 2, 320, 256, 64};  // SSE2: 8 of 16, for a product needs a register of its own
inline constexpr int64_t kGemvRows = 2;
inline constexpr int kDotOutputs = 2;
inline constexpr int kDotRows = 2;
#endif

inline constexpr int64_t kTasksPerWorker = 6;
inline constexpr int64_t kTaskElements = 16384;  // of the row-by-row kernels: some 10 us

}  // namespace headscope::cpu::HS_ISA
