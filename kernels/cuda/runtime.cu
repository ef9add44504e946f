#include "runtime.h"

#include <unistd.h>


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

namespace {

// The device's pool, told to keep what is given back: then neither an allocation nor a release waits for the device. nullptr where there are none.
cudaMemPool_t pool() {
  static const cudaMemPool_t found = [] {
    int there = 0;
    cudaMemPool_t p = nullptr;
    uint64_t everything = UINT64_MAX;
    if (cudaDeviceGetAttribute(&there, cudaDevAttrMemoryPoolsSupported, 0) != cudaSuccess || !there || cudaDeviceGetDefaultMemPool(&p, 0) != cudaSuccess ||
        cudaMemPoolSetAttribute(p, cudaMemPoolAttrReleaseThreshold, &everything) != cudaSuccess) {
      cudaGetLastError();
      return cudaMemPool_t{};
    }
    return p;
  }();
  return found;
}

}  // namespace

// In the order of the one stream that everything runs in: what is released may be given out again at once, because its last use was launched before.
hs_status allocate(int64_t bytes, void** out) {
  *out = nullptr;
  if (bytes < 0) return fail(HS_INVALID, "alloc of a negative size");
  const auto size = static_cast<size_t>(bytes ? bytes : 1);
  return check(pool() ? cudaMallocFromPoolAsync(out, size, pool(), nullptr) : cudaMalloc(out, size), "alloc");
}
void release(void* p) {
  if (!p) return;
  if (pool()) cudaFreeAsync(p, nullptr);
  else cudaFree(p);
}
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
hs_status device_memory(int64_t* free_bytes, int64_t* total_bytes) {
  size_t available = 0, total = 0;
  uint64_t reserved = 0, used = 0;
  hs_status status = check(cudaMemGetInfo(&available, &total), "memory");
  // What the pool keeps is ours to give.
  if (status == HS_OK && pool()) status = check(cudaMemPoolGetAttribute(pool(), cudaMemPoolAttrReservedMemCurrent, &reserved), "memory");
  if (status == HS_OK && pool()) status = check(cudaMemPoolGetAttribute(pool(), cudaMemPoolAttrUsedMemCurrent, &used), "memory");
  *free_bytes = static_cast<int64_t>(available + (reserved - used));
  *total_bytes = static_cast<int64_t>(total);
  return status;
}

int64_t peak_bytes() {
  uint64_t peak = 0, from_now = 0;
  if (!pool() || cudaMemPoolGetAttribute(pool(), cudaMemPoolAttrUsedMemHigh, &peak) != cudaSuccess) return -1;
  cudaMemPoolSetAttribute(pool(), cudaMemPoolAttrUsedMemHigh, &from_now);
  return static_cast<int64_t>(peak);
}

CancelWatch::CancelWatch(const hs_exec* exec) : cancel_(exec ? exec->cancel : nullptr) {
  if (!cancel_) return;
  static thread_local int32_t* mapped = [] {
    void* p = nullptr;
    if (cudaHostAlloc(&p, sizeof(int32_t), cudaHostAllocMapped) != cudaSuccess) cudaGetLastError();
    return static_cast<int32_t*>(p);
  }();
  flag_ = mapped;
  if (flag_) __atomic_store_n(flag_, 0, __ATOMIC_RELEASE);
}
hs_status CancelWatch::wait() const {
  if (!flag_) return HS_OK;
  constexpr useconds_t kBetweenLooks = 100;
  bool stopped = false;
  for (cudaError_t status; (status = cudaStreamQuery(nullptr)) != cudaSuccess; usleep(kBetweenLooks)) {
    if (status != cudaErrorNotReady) return check(status, "the device");
    if (stopped || !__atomic_load_n(cancel_, __ATOMIC_RELAXED)) continue;
    stopped = true;
    __atomic_store_n(flag_, 1, __ATOMIC_RELEASE);
  }
  return stopped ? HS_CANCELLED : HS_OK;
}
hs_status finish() { return check(cudaDeviceSynchronize(), "the device"); }

}  // namespace headscope::cuda
