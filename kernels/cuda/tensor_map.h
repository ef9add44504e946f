// The description of a matrix by which tensor copies find its boxes. Passed to a kernel as (part of) a __grid_constant__ argument.
#pragma once

#include "ptx/bfloat16.h"
#include "runtime.h"
#if HS_EMULATED
#include "emulator/tensor_map.h"
#endif

namespace headscope::cuda {

inline constexpr int kBoxColumns = 64;  // 128 bytes

#if HS_EMULATED
using TensorMap = emulator::TensorMap;
#else
struct alignas(128) TensorMap {
  unsigned char opaque[128];
};
#endif

// Of a matrix [rows, columns] of bfloat16 at `from`, row stride ld elements (both aligned to 16 bytes), for boxes of 64 columns and
// box_rows (1 .. 256) rows. HS_UNSUPPORTED where the driver knows no tensor maps.
hs_status make_tensor_map(const Bf16* from, int64_t rows, int64_t columns, int64_t ld, int box_rows, TensorMap* out);
// Of `matrices` of them, one after another: [matrices, rows, columns], each a multiple of 8 columns. What lies outside a box's own matrix is 0.
hs_status make_stacked_tensor_map(const Bf16* from, int64_t matrices, int64_t rows, int64_t columns, TensorMap* out, int box_rows);

}  // namespace headscope::cuda
