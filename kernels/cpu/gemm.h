// The two ways of a linear layer: weights packed for many rows, or read in place for a few.
#pragma once

#include "../../native/backend.h"
#include "simd.h"

namespace headscope::cpu::HS_ISA {

// One call of backend.h's gemm, checked: rows, w.out and w.in are 1 or more.
struct Linear {
  const float* a;  // [rows, in], stride lda
  int64_t lda, rows;
  hs_weights w;
  const float* bias;  // [out] or nullptr
  bool add;
  float* out;  // [rows, out], stride ldo
  int64_t ldo;
};

// Any number of rows. The order of every output's sum depends on `in` alone.
hs_status packed_gemm(const hs_exec* exec, const Linear& call);
// The same for up to kGemvRows rows, reading each weight once. The order of every output's sum depends on `in` alone.
hs_status gemv(const hs_exec* exec, const Linear& call);

}  // namespace headscope::cpu::HS_ISA
