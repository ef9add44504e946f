// What each instruction set's copy of the kernels exports: the functions of backend.h that compute. Plain functions only,
// because these objects must share no inline code with the rest of the program (see simd.h).
#pragma once

#include "../../native/backend.h"

namespace headscope::cpu {

// Fills in the fields of `table` that one room of kernels implements. Each is defined in exactly one X.isa.cc per instruction
// set, in that set's namespace.
#define HS_DECLARE_KERNELS(isa)                            \
  namespace isa {                                          \
  void fill_linear(headscope_backend_v1* table);           \
  void fill_attention(headscope_backend_v1* table);        \
  void fill_estimates(headscope_backend_v1* table);        \
  void fill_maps(headscope_backend_v1* table);             \
  void fill_surfaces(headscope_backend_v1* table);         \
  void fill_decoding(headscope_backend_v1* table);         \
  }
HS_DECLARE_KERNELS(portable)
HS_DECLARE_KERNELS(avx2)
HS_DECLARE_KERNELS(avx512)
#undef HS_DECLARE_KERNELS

}  // namespace headscope::cpu
