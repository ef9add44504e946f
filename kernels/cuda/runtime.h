// The host's side of the device, in one place for both worlds: memory, launches and errors. Implemented by runtime.cu on the CUDA
// runtime, and by emulator/runtime.cc on the emulator.
#pragma once

#include <string>
#include <type_traits>

#include "../../native/backend.h"
#include "ptx/platform.h"
#if HS_EMULATED
#include "emulator/launch.h"
#endif

namespace headscope::cuda {

// What last_error() says on this thread from now on. Returns `status`.
hs_status fail(hs_status status, const std::string& message);
const char* last_error();

hs_status allocate(int64_t bytes, void** out);  // 64-byte aligned; HS_OUT_OF_MEMORY
void release(void* p);
hs_status upload(void* to, const void* from_host, int64_t bytes);
hs_status download(void* to_host, const void* from, int64_t bytes);
// The device in use.
struct Device {
  int architecture;  // 10 major + minor of the compute capability
  int processors;
  int64_t shared_bytes;  // that a block may ask for
};
const Device& device();
// Waits for all that was launched and says what went wrong in it.
hs_status finish();
// Bytes that allocate() could still give, and all there are.
hs_status device_memory(int64_t* free_bytes, int64_t* total_bytes);
// The most that was allocated at once since the last call; below 0 where that is not counted.
int64_t peak_bytes();

// Carries a cancel to kernels that run: a flag that they read at the start of each block.
class CancelWatch {
 public:
  explicit CancelWatch(const hs_exec* exec);
  const int32_t* flag() const { return flag_; }  // readable on the device; nullptr: nobody can cancel
  // HS_OK at once where nobody can cancel. Else waits for all that was launched, and says HS_CANCELLED if somebody did meanwhile.
  hs_status wait() const;

 private:
  const int32_t* cancel_;
  int32_t* flag_ = nullptr;
};

struct Launch {
  int64_t blocks;  // in x; y and z for heads and the like
  int threads;     // a multiple of 32
  int64_t shared_bytes = 0;
  int blocks_y = 1, blocks_z = 1;
};

#if !HS_EMULATED

// Errors of the CUDA runtime as ours; `what` was being done.
hs_status check(cudaError_t status, const char* what);

// Arguments are converted to the kernel's own types. Returns before the kernel has run.
template <class... P>
hs_status launch(const char* name, void (*kernel)(P...), const Launch& shape, std::type_identity_t<P>... arguments) {
  if (shape.blocks < 1 || shape.blocks > 0x7fffffff) return fail(HS_INVALID, std::string(name) + ": a grid no device takes");
  if (shape.shared_bytes > 48 * 1024) {
    const hs_status allowed =
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shape.shared_bytes)), name);
    if (allowed != HS_OK) return allowed;
  }
  const dim3 grid(static_cast<unsigned>(shape.blocks), static_cast<unsigned>(shape.blocks_y), static_cast<unsigned>(shape.blocks_z));
  kernel<<<grid, static_cast<unsigned>(shape.threads), static_cast<size_t>(shape.shared_bytes)>>>(arguments...);
  return check(cudaGetLastError(), name);
}

#else

template <class... P>
hs_status launch(const char* name, void (*kernel)(P...), const Launch& shape, std::type_identity_t<P>... arguments) {
  try {
    emulator::run(name,
                  {{static_cast<unsigned>(shape.blocks), static_cast<unsigned>(shape.blocks_y), static_cast<unsigned>(shape.blocks_z)},
                   shape.threads,
                   shape.shared_bytes},
                  [&] { kernel(arguments...); });
    return HS_OK;
  } catch (const std::exception& e) {
    return fail(HS_LOST, e.what());
  }
}

#endif

}  // namespace headscope::cuda
