#include "runtime.h"

namespace headscope::cuda {

hs_status check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return HS_OK;
  const std::string message = std::string(what) + ": " + cudaGetErrorString(status);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // else the next launch reports it again
    return fail(HS_OUT_OF_MEMORY, message);
  }
  return fail(status == cudaErrorInvalidValue || status == cudaErrorInvalidConfiguration ? HS_INVALID : HS_LOST, message);
}

hs_status allocate(int64_t bytes, void** out) {
  *out = nullptr;
  if (bytes < 0) return fail(HS_INVALID, "alloc of a negative size");
  return check(cudaMalloc(out, static_cast<size_t>(bytes ? bytes : 1)), "alloc");
}
void release(void* p) { cudaFree(p); }
hs_status upload(void* to, const void* from_host, int64_t bytes) {
  return check(cudaMemcpy(to, from_host, static_cast<size_t>(bytes), cudaMemcpyHostToDevice), "upload");
}
hs_status download(void* to_host, const void* from, int64_t bytes) {
  return check(cudaMemcpy(to_host, from, static_cast<size_t>(bytes), cudaMemcpyDeviceToHost), "download");
}
const Device& device() {
  static const Device found = [] {
    cudaDeviceProp properties;
    if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) return Device{80, 1, 99 * 1024};
    return Device{10 * properties.major + properties.minor, properties.multiProcessorCount, static_cast<int64_t>(properties.sharedMemPerBlockOptin)};
  }();
  return found;
}
hs_status finish() { return check(cudaDeviceSynchronize(), "the device"); }

}  // namespace headscope::cuda
