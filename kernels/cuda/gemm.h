// The matrix product of native/backend.h, and its parts: gemm.cu takes it apart, gemm_split.cu brings the operands into the form that the
// matrix instructions take, gemm_mma.cu and gemm_hopper.cu multiply.
#pragma once

#include "../../native/backend.h"
#include "ptx/bfloat16.h"

namespace headscope::cuda {

// What a float32 activation becomes. exact: the sum of two bfloat16, so that at most 2^-17 of a product is lost, at two matrix instructions a
// product; sums are float32. fast: one bfloat16, 2^-8, at one. Weights of float32 and half are split likewise, halves exactly; of the four
// products that of the two low parts is left out, 2^-16 at most, so these take three instructions.
enum class GemmPrecision { exact, fast };

// What the backend computes with.
inline constexpr GemmPrecision kGemmPrecision = GemmPrecision::exact;

// Tiles of 128x128 or 64x64 outputs on mma.sync, or of 128x256 on wgmma, which only sm_90 has.
enum class GemmPath { large_tiles, small_tiles, hopper };

struct GemmChoice {
  GemmPath path;
  GemmPrecision precision = kGemmPrecision;
  int64_t workspace_bytes = int64_t{256} << 20;  // for operands in bfloat16; larger ones are multiplied in pieces
};

// The path taken for this shape on this device.
GemmPath gemm_path(int64_t rows, int64_t out);

hs_status gemm_as(const GemmChoice&, const hs_exec*, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add, float* out, int64_t ldo);
hs_status gemm(const hs_exec*, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add, float* out, int64_t ldo);

// A matrix of bfloat16 as the sum of one or two: plane[1] is nullptr for one. [rows, ld], 16-byte aligned, ld a multiple of 8,
// zeros in the columns past the operand's own.
struct Planes {
  const Bf16* plane[2];
  int64_t ld;
  int count() const { return plane[1] ? 2 : 1; }
};

// [rows, width] of a matrix in any of the types (row stride `stride` elements) to planes: one, or two, at `to`, the second
// rows * round_up(width, 8) elements after the first.
hs_status split_to_planes(const void* from, hs_dtype dtype, int64_t stride, int64_t rows, int64_t width, int planes, Bf16* to, Planes* made);

// out[r, o] = (add ? out[r, o] : 0) + bias[o] + a_r . w_o, over planes; bias may be nullptr.
struct GemmProblem {
  Planes a, w;
  const float* bias;
  float* out;
  int64_t ldo;
  int32_t rows, columns, depth;  // depth: ld of both
  int32_t add;
};
hs_status multiply_mma(GemmPath tiles, const GemmProblem&);
hs_status multiply_hopper(const GemmProblem&);

}  // namespace headscope::cuda
