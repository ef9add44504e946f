// Zeros, in the order of launches: what later kernels add to. Never run on a device yet.
#include "clear.h"

#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) clear_kernel(uint32_t* to, int64_t count) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + thread_index();
  if (i < count) to[i] = 0;
}

}  // namespace

hs_status clear(void* to, int64_t bytes) {
  if (bytes < 0 || bytes % 4) return fail(HS_INVALID, "clear: the bytes come in fours");
  if (bytes == 0) return HS_OK;
  return launch("clear", clear_kernel, {(bytes / 4 + kThreads - 1) / kThreads, kThreads}, static_cast<uint32_t*>(to), bytes / 4);
}

}  // namespace headscope::cuda
