// The linear layer of a few rows (the logits of the last token): every weight is widened once, straight from the checkpoint,
// and multiplied by all rows while it is in a register. The weights' memory sets the pace, so nothing is packed.
#include "gemm.h"
#include "task.h"
#include "tile_size.h"
#include "weights.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }

// The products of R input rows with O weight rows over all of `in`. One vector of partial sums each, in ascending order.
template <hs_dtype T, int R, int O>
void dot(const Linear& call, int64_t row, int64_t output) {
  f32v acc[R][O];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int o = 0; o < O; ++o) acc[r][o] = f32v{};
  const int64_t in = call.w.in, whole = in / kLanes * kLanes, stride = in * element_bytes(T);
  const float* a = call.a + row * call.lda;
  const char* w = (const char*)call.w.data + output * stride;
  for (int64_t k = 0; k < whole; k += kLanes) {
    f32v x[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) x[r] = load(a + r * call.lda + k);
#pragma GCC unroll 8
    for (int o = 0; o < O; ++o) {
      const f32v y = load_weights<T>(w + o * stride + k * element_bytes(T));
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) acc[r][o] = fma(x[r], y, acc[r][o]);
    }
  }
  if (whole < in) {
    f32v x[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) x[r] = load_last(a + r * call.lda + whole, in - whole);
#pragma GCC unroll 8
    for (int o = 0; o < O; ++o) {
      const f32v y = load_last_weights<T>(w + o * stride + whole * element_bytes(T), in - whole);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) acc[r][o] = fma(x[r], y, acc[r][o]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int o = 0; o < O; ++o) {
      float* c = call.out + (row + r) * call.ldo + output + o;
      const float sum = reduce_add(acc[r][o]) + (call.bias ? call.bias[output + o] : 0.0f);
      *c = call.add ? *c + sum : sum;
    }
}

template <hs_dtype T, int O>
void dot_rows(const Linear& call, int64_t output) {
  int64_t r = 0;
  for (; r + kDotRows <= call.rows; r += kDotRows) dot<T, kDotRows, O>(call, r, output);
  for (; r < call.rows; ++r) dot<T, 1, O>(call, r, output);
}

template <hs_dtype T>
struct GemvJob {
  Linear call;
  int64_t task_width;
  Outcome outcome;

  void run(int64_t index) {
    const int64_t end = min((index + 1) * task_width, call.w.out);
    int64_t o = index * task_width;
    for (; o + kDotOutputs <= end; o += kDotOutputs) dot_rows<T, kDotOutputs>(call, o);
    for (; o < end; ++o) dot_rows<T, 1>(call, o);
  }
};

template <hs_dtype T>
hs_status run(const hs_exec* exec, const Linear& call) {
  GemvJob<T> job{};
  job.call = call;
  const int64_t outputs = (4 * kTaskElements + call.w.in - 1) / call.w.in;
  job.task_width = (outputs + kDotOutputs - 1) / kDotOutputs * kDotOutputs;
  return run_tasks(exec, (call.w.out + job.task_width - 1) / job.task_width, job);
}

}  // namespace

hs_status gemv(const hs_exec* exec, const Linear& call) {
  switch (call.w.dtype) {
    case HS_F32: return run<HS_F32>(exec, call);
    case HS_F16: return run<HS_F16>(exec, call);
    case HS_BF16: return run<HS_BF16>(exec, call);
  }
  return HS_INVALID;
}

}  // namespace headscope::cpu::HS_ISA
