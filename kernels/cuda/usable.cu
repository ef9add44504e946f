// Whether an array holds anything that is too large, or no number: what the engine asks of every projection. One pass, memory-bound; a block that has found
// something writes it down, others need not know. Never run on a device yet.
#include "cancel.h"
#include "device_array.h"
#include "ptx/warp.h"
#include "rows.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256, kMostBlocks = 2048;

__global__ void __launch_bounds__(kThreads) usable_kernel(const float* x, int64_t count, float largest, int32_t* unusable) {
  bool found = false;
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + thread_index(); i < count; i += step) found = found || !(fabsf(x[i]) <= largest);
  if (ballot(found) != 0 && lane_index() == 0) *unusable = 1;  // whoever writes last writes the same
}

}  // namespace

hs_status all_usable(const hs_exec* exec, const float* x, int64_t count, float largest, int32_t* usable) {
  if (count < 0) return fail(HS_INVALID, "all_usable: a negative number of elements");
  *usable = 1;
  if (count == 0) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  int32_t unusable = 0;
  DeviceArray<int32_t> there;
  hs_status status = there.copy_of(&unusable, 1);
  const int64_t blocks = (count + kThreads - 1) / kThreads;
  if (status == HS_OK) status = launch("usable", usable_kernel, {blocks < kMostBlocks ? blocks : kMostBlocks, kThreads}, x, count, largest, there.data());
  if (status == HS_OK) status = download(&unusable, there.data(), sizeof unusable);
  *usable = !unusable;
  return status;
}

}  // namespace headscope::cuda
