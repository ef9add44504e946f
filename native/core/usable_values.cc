#include "usable_values.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "error.h"
#include "host_floats.h"
#include "parallel_for.h"

namespace headscope {
namespace {

constexpr int64_t kPart = 1 << 16;  // floats of a task

bool all_usable(const float* values, int64_t count) {
  int32_t others = 0;
  for (int64_t i = 0; i < count; ++i) others |= !(std::fabs(values[i]) <= kLargestUsable);
  return others == 0;
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error("CHECKPOINT_INVALID", what + " hold NaN, infinity or values beyond 1e18: the weights are damaged, or not of this config. "
                                           "Download them again.");
}

}  // namespace

void check_usable(const headscope_backend_v1& backend, const hs_exec& exec, const float* values, int64_t count, const std::string& what) {
  if (backend.all_usable) {
    int32_t usable = 0;
    check(backend, backend.all_usable(&exec, values, count, kLargestUsable, &usable));
    if (!usable) refuse(what);
    return;
  }
  HostFloats copy;
  if (!backend.host_memory) {
    copy = host_floats(count, what.c_str());
    check(backend, backend.download(copy.get(), values, count * static_cast<int64_t>(sizeof(float))));
    values = copy.get();
  }
  std::atomic<bool> usable{true};
  parallel_for(exec, (count + kPart - 1) / kPart, [&](int64_t part) {
    if (!all_usable(values + part * kPart, std::min(kPart, count - part * kPart))) usable = false;
  });
  if (!usable) refuse(what);
}

}  // namespace headscope
