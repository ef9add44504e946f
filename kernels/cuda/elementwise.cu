// What is done to every element by itself: the gates of the MLP, scales and caps, rows added to the residual. Memory-bound.
#include "cancel.h"
#include "device_array.h"
#include "ptx/math.h"
#include "rows.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256;

int64_t blocks_for(int64_t elements) { return (elements + kThreads - 1) / kThreads; }

HS_DEVICE int64_t element() { return static_cast<int64_t>(blockIdx.x) * kThreads + thread_index(); }

HS_DEVICE float silu(float x) {
  // expf(-x) of a very negative x is infinite, and x / inf is what silu tends to, 0.
  return x / (1 + expf(-x));
}
HS_DEVICE float gelu_tanh(float x) {
  // x / 2 (1 + tanh u) = x / (1 + exp(-2 u)), which keeps its digits where tanh nears -1.
  const float u = 0.7978845608028654f * (x + 0.044715f * x * x * x);
  return x / (1 + expf(-2 * u));
}

template <bool kGelu>
__global__ void __launch_bounds__(kThreads) gate_kernel(float* gate, const float* up, int64_t count, int64_t width, int64_t ld) {
  const int64_t i = element();
  if (i >= count) return;
  const int64_t at = i / width * ld + i % width;
  const float g = gate[at];
  gate[at] = (kGelu ? gelu_tanh(g) : silu(g)) * up[at];
}

__global__ void __launch_bounds__(kThreads) scale_cap_kernel(float* x, int64_t count, float scale, float cap) {
  const int64_t i = element();
  if (i >= count) return;
  const float scaled = scale * x[i];
  x[i] = cap > 0 ? cap * tanhf(scaled / cap) : scaled;
}

// ids, weights: [rows] or nullptr (row r, and 1); no id twice, so no two threads add to one element.
__global__ void __launch_bounds__(kThreads)
    add_rows_kernel(const float* x, int64_t count, int64_t width, const int32_t* ids, const float* weights, float scale, float* out) {
  const int64_t i = element();
  if (i >= count) return;
  const int64_t r = i / width;
  const float factor = weights ? scale * weights[r] : scale;
  out[(ids ? ids[r] : r) * width + i % width] += factor * x[i];
}

template <bool kGelu>
hs_status gate(const char* name, const hs_exec* exec, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld) {
  if (width < 1 || ld < width) return fail(HS_INVALID, std::string(name) + ": rows that overlap");
  if (rows < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  return launch(name, gate_kernel<kGelu>, {blocks_for(rows * width), kThreads}, gate, up, rows * width, width, ld);
}

}  // namespace

hs_status gated_silu(const hs_exec* exec, float* g, const float* up, int64_t rows, int64_t width, int64_t ld) {
  return gate<false>("gated_silu", exec, g, up, rows, width, ld);
}
hs_status gated_gelu(const hs_exec* exec, float* g, const float* up, int64_t rows, int64_t width, int64_t ld) {
  return gate<true>("gated_gelu", exec, g, up, rows, width, ld);
}

hs_status scale_cap(const hs_exec* exec, float* x, int64_t count, float scale, float cap) {
  if (count < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  return launch("scale_cap", scale_cap_kernel, {blocks_for(count), kThreads}, x, count, scale, cap);
}

hs_status add_rows(const hs_exec* exec, const float* x, int64_t rows, int64_t width, const int32_t* ids, const float* weights, float scale, float* out) {
  if (width < 1) return fail(HS_INVALID, "add_rows: rows without a width");
  if (rows < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  DeviceArray<int32_t> ids_there;
  DeviceArray<float> weights_there;
  if (ids)
    if (const hs_status status = ids_there.copy_of(ids, rows); status != HS_OK) return status;
  if (weights)
    if (const hs_status status = weights_there.copy_of(weights, rows); status != HS_OK) return status;
  return launch("add_rows", add_rows_kernel, {blocks_for(rows * width), kThreads}, x, rows * width, width, ids_there.data(), weights_there.data(), scale, out);
}

}  // namespace headscope::cuda
