// float32 to bfloat16, for what the matrix instructions read many times over. Eight elements a thread, 32 bytes in and 16 out;
// memory-bound. Never run on a device yet.
#include "narrow.h"

#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256, kEach = 8;

__global__ void __launch_bounds__(kThreads) narrow_kernel(const float* from, int64_t eights, Bf16* to) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + thread_index();
  if (i >= eights) return;
  const auto* wide = reinterpret_cast<const Vec<float, 4>*>(from);
  const Vec<float, 4> a = wide[2 * i], b = wide[2 * i + 1];
  reinterpret_cast<Vec<uint32_t, 4>*>(to)[i] = {{pack_bf16(a[0], a[1]), pack_bf16(a[2], a[3]), pack_bf16(b[0], b[1]), pack_bf16(b[2], b[3])}};
}

}  // namespace

hs_status narrow(const float* from, int64_t count, Bf16* to) {
  if (count % kEach) return fail(HS_INVALID, "narrow: the elements come in eights");
  if (count < 1) return HS_OK;
  const int64_t eights = count / kEach;
  return launch("narrow", narrow_kernel, {(eights + kThreads - 1) / kThreads, kThreads}, from, eights, to);
}

}  // namespace headscope::cuda
