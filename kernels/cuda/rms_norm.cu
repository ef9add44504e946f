// RMS norm: one block a row, two passes over it; the second finds the row in the first-level cache.
//
// x, out: [rows, width] float32, out may be x; weight: [width]. Squares are added in float64, so that rows up to 1e150 neither
// overflow nor lose digits; the order of additions is fixed. Memory-bound: 2 reads (one of them cached) and 1 write of 4 bytes an
// element. Never run on a device yet.
#include "cancel.h"
#include "ptx/barrier.h"
#include "ptx/shared.h"
#include "ptx/warp.h"
#include "rows.h"
#include "runtime.h"
#include "weights.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / kWarp;

__global__ void __launch_bounds__(kThreads) rms_norm_kernel(const float* x, int64_t width, Weights weight, float eps, float* out) {
  const Shared<double> sums(shared_start(), kWarps);
  x += static_cast<int64_t>(blockIdx.x) * width;
  out += static_cast<int64_t>(blockIdx.x) * width;

  double sum = 0;
  for (int64_t i = thread_index(); i < width; i += kThreads) sum += static_cast<double>(x[i]) * x[i];
  for (int bits = kWarp / 2; bits > 0; bits /= 2) sum += shuffle_xor(sum, bits);
  if (lane_index() == 0) sums[warp_index()] = sum;
  sync_block();
  double squares = 0;
  for (int w = 0; w < kWarps; ++w) squares += sums[w];

  const double scale = 1 / sqrt(squares / static_cast<double>(width) + static_cast<double>(eps));
  for (int64_t i = thread_index(); i < width; i += kThreads) out[i] = static_cast<float>(x[i] * scale) * weight[i];
}

}  // namespace

hs_status rms_norm(const hs_exec* exec, const float* x, int64_t rows, int64_t width, const hs_weights* weight, float eps, float* out) {
  if (width < 1 || weight->out != width || weight->in != 1 || !known_type(weight->dtype)) return fail(HS_INVALID, "rms_norm: the weight is not one value a column");
  if (rows < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  return launch("rms_norm", rms_norm_kernel, {rows, kThreads, kWarps * 8}, x, width, Weights{weight->data, weight->dtype}, eps, out);
}

}  // namespace headscope::cuda
