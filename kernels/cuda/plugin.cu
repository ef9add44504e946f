// What libheadscope_cuda.so exports, and what it finds out about the machine. Without a driver the static CUDA runtime says so and
// nothing else happens.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "backend.h"
#include "hopper_check.h"
#include "paths.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kOldest = 80;  // sm_80: cp.async and mma of bfloat16
constexpr unsigned kCheckSeconds = 8;

const char* asked_path() { return std::getenv("HEADSCOPE_CUDA_PATH"); }

// The parts for Hopper that agree with their twins on this device. Before this process speaks to the driver.
uint32_t hopper_parts_tried() { return asked_path() && !std::strcmp(asked_path(), "mma") ? 0 : agreeing_hopper_parts_of_child(kCheckSeconds); }

// The device's name, and on sm_90 which kernels will run.
void name_device(hs_backend_probe* probe, const char* name) {
  const char* parts = "";
  if (probe->architecture == 90) {
    const uint32_t used = hopper_parts_for(probe->trusted, 90, asked_path());
    parts = used == kHopperParts ? " (Hopper kernels)" : used == 0 ? " (mma.sync kernels)" : used == kHopperGemm ? " (Hopper products, mma.sync attention)" : " (mma.sync products, Hopper attention)";
  }
  std::snprintf(probe->device, sizeof probe->device, "%.40s%s", name, parts);
}

void say(hs_backend_probe* probe, const char* reason) { std::snprintf(probe->reason, sizeof probe->reason, "%s", reason); }
void no_device(hs_backend_probe* probe, const char* reason) {
  probe->score = -1;
  say(probe, reason);
}

// One small kernel through the table, with a known answer: code for this architecture is there and runs.
const char* try_kernel() {
  const headscope_backend_v1& b = *backend();
  void *x = nullptr, *weight = nullptr;
  const float values[4] = {3, -3, 3, -3}, ones[4] = {1, 1, 1, 1};
  float out[4] = {};
  const hs_weights view{nullptr, HS_F32, 4, 1};
  hs_status status = b.alloc(sizeof values, &x);
  if (status == HS_OK) status = b.alloc(sizeof ones, &weight);
  if (status == HS_OK) status = b.upload(x, values, sizeof values);
  if (status == HS_OK) status = b.upload(weight, ones, sizeof ones);
  hs_weights w = view;
  w.data = weight;
  if (status == HS_OK) status = b.rms_norm(nullptr, static_cast<float*>(x), 1, 4, &w, 0, static_cast<float*>(x));
  if (status == HS_OK) status = b.download(out, x, sizeof out);
  b.release(x);
  b.release(weight);
  if (status != HS_OK) return b.last_error();
  for (int i = 0; i < 4; ++i)
    if (!(std::fabs(out[i] - (i % 2 ? -1.0f : 1.0f)) < 1e-6f)) return "A kernel that was tried computed nonsense.";
  return nullptr;
}

}  // namespace
}  // namespace headscope::cuda

extern "C" {

__attribute__((visibility("default"))) void headscope_backend_probe(hs_backend_probe* probe) {
  using namespace headscope::cuda;
  probe->score = 0;
  if (probe->abi != HEADSCOPE_BACKEND_ABI || probe->size != sizeof *probe) {
    char text[128];
    std::snprintf(text, sizeof text, "The CUDA library is of version %u, this program asks for %u.", HEADSCOPE_BACKEND_ABI, probe->abi);
    return say(probe, text);
  }
  probe->trusted = hopper_parts_tried();
  int driver = 0, devices = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) return no_device(probe, "No NVIDIA driver is installed.");
  const cudaError_t counted = cudaGetDeviceCount(&devices);
  if (counted == cudaErrorInsufficientDriver) {
    char text[160];
    std::snprintf(text, sizeof text, "The NVIDIA driver is too old: it knows CUDA %d.%d, and %d.%d is needed.", driver / 1000, driver % 1000 / 10,
                  CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    return say(probe, text);
  }
  if (counted == cudaErrorNoDevice || (counted == cudaSuccess && devices == 0)) return no_device(probe, "There is no CUDA device.");
  if (counted != cudaSuccess) return say(probe, cudaGetErrorString(counted));
  cudaDeviceProp properties;
  if (const cudaError_t status = cudaGetDeviceProperties(&properties, 0); status != cudaSuccess) return say(probe, cudaGetErrorString(status));
  probe->architecture = 10 * properties.major + properties.minor;
  name_device(probe, properties.name);
  probe->memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
  if (probe->architecture < kOldest) return say(probe, "The device is too old: compute capability 8.0 is needed.");
  if (const char* wrong = try_kernel()) return say(probe, wrong);
  probe->score = probe->architecture;
}

__attribute__((visibility("default"))) const headscope_backend_v1* headscope_backend(uint32_t trusted) {
  using namespace headscope::cuda;
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return nullptr;
  use_hopper(hopper_parts_for(trusted, device().architecture, asked_path()));
  return headscope::cuda::backend();
}

}  // extern "C"
