// The prologue of the matrix product: a matrix of float32, half or bfloat16 becomes one bfloat16 matrix or the sum of two.
//
// x = high + low + rest: high is x rounded to bfloat16, low is x - high (which float32 holds exactly) rounded to bfloat16, and the rest is at
// most 2^-17 of x. Where rounding x up would overflow, high is the largest bfloat16. An infinite x is (inf, 0), a NaN (NaN, 0).
// One thread 8 elements of a row, written as 16 bytes. Memory-bound: reads the matrix once, writes it once. Never run on a device yet.
#include "gemm.h"
#include "runtime.h"
#include "weights.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256, kTogether = 8;

HS_DEVICE Bf16 high_part(float x) {
  const Bf16 rounded = to_bf16(x);
  const bool overflowed = (rounded.bits & 0x7fff) == 0x7f80 && (bits_of_float(x) & 0x7fffffff) != 0x7f800000;
  return overflowed ? Bf16{static_cast<uint16_t>(rounded.bits - 1)} : rounded;
}
HS_DEVICE Bf16 low_part(float x, Bf16 high) { return (high.bits & 0x7f80) == 0x7f80 ? Bf16{0} : to_bf16(x - to_float(high)); }

struct Split {
  Weights from;
  int64_t stride, rows, width, ld;
  Bf16 *high, *low;  // low: nullptr for one plane
};

__global__ void __launch_bounds__(kThreads) split_kernel(const __grid_constant__ Split s) {
  const int64_t group = static_cast<int64_t>(blockIdx.x) * kThreads + thread_index(), groups = s.ld / kTogether;
  if (group >= s.rows * groups) return;
  const int64_t row = group / groups, column = group % groups * kTogether;
  Vec<uint32_t, 4> high, low;
#pragma unroll
  for (int i = 0; i < kTogether / 2; ++i) {
    uint32_t high_pair = 0, low_pair = 0;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int64_t c = column + 2 * i + half;
      const float x = c < s.width ? s.from[row * s.stride + c] : 0.0f;
      const Bf16 h = high_part(x);
      high_pair |= static_cast<uint32_t>(h.bits) << (16 * half);
      low_pair |= static_cast<uint32_t>(low_part(x, h).bits) << (16 * half);
    }
    high[i] = high_pair;
    low[i] = low_pair;
  }
  const int64_t to = row * s.ld + column;
  *reinterpret_cast<Vec<uint32_t, 4>*>(s.high + to) = high;
  if (s.low) *reinterpret_cast<Vec<uint32_t, 4>*>(s.low + to) = low;
}

}  // namespace

hs_status split_to_planes(const void* from, hs_dtype dtype, int64_t stride, int64_t rows, int64_t width, int planes, Bf16* to, Planes* made) {
  const int64_t ld = (width + kTogether - 1) / kTogether * kTogether;
  Bf16* const low = planes == 2 ? to + rows * ld : nullptr;
  *made = {{to, low}, ld};
  return launch("gemm_split", split_kernel, {(rows * (ld / kTogether) + kThreads - 1) / kThreads, kThreads}, Split{{from, dtype}, stride, rows, width, ld, to, low});
}

}  // namespace headscope::cuda
