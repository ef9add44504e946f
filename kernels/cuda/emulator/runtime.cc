#include "../runtime.h"

#include <cstring>
#include <new>

#include "global_memory.h"

namespace headscope::cuda {

hs_status allocate(int64_t bytes, void** out) {
  *out = nullptr;
  if (bytes < 0) return fail(HS_INVALID, "alloc of a negative size");
  try {
    *out = emulator::allocate((bytes + 63) / 64 * 64);  // so that the start is aligned to 64
    return HS_OK;
  } catch (const std::bad_alloc&) {
    return fail(HS_OUT_OF_MEMORY, "alloc: the system has no memory left");
  }
}
void release(void* p) { emulator::release(p); }
hs_status upload(void* to, const void* from_host, int64_t bytes) {
  if (const std::string why = emulator::outside_allocations(to, bytes); !why.empty()) return fail(HS_INVALID, "upload to memory " + why);
  if (bytes > 0) std::memcpy(to, from_host, static_cast<size_t>(bytes));
  return HS_OK;
}
hs_status download(void* to_host, const void* from, int64_t bytes) {
  if (const std::string why = emulator::outside_allocations(from, bytes); !why.empty()) return fail(HS_INVALID, "download " + why);
  if (bytes > 0) std::memcpy(to_host, from, static_cast<size_t>(bytes));
  return HS_OK;
}
const Device& device() {
  static const Device emulated{80, 4, 163 * 1024};  // few processors, so that tests of a small shape see large tiles too
  return emulated;
}
hs_status finish() { return HS_OK; }
hs_status device_memory(int64_t* free_bytes, int64_t* total_bytes) {
  *free_bytes = *total_bytes = int64_t{4} << 30;  // of nothing in particular
  return HS_OK;
}
int64_t peak_bytes() { return -1; }
CancelWatch::CancelWatch(const hs_exec* exec) : cancel_(exec ? exec->cancel : nullptr), flag_(const_cast<int32_t*>(cancel_)) {}
hs_status CancelWatch::wait() const { return cancel_ && __atomic_load_n(cancel_, __ATOMIC_RELAXED) ? HS_CANCELLED : HS_OK; }

}  // namespace headscope::cuda
