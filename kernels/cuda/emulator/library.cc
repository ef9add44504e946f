// libheadscope_emulated.so: the CUDA backend's whole table with its kernels on the emulator, as a loadable backend. For tests of the engine on
// machines without a device; its name says what it is, it lies where no engine looks, and it is far too slow for anything else.
#include <cstdio>

#include "../backend.h"

extern "C" {

__attribute__((visibility("default"))) void headscope_backend_probe(hs_backend_probe* probe) {
  probe->score = 0;
  if (probe->abi != HEADSCOPE_BACKEND_ABI || probe->size != sizeof *probe) {
    std::snprintf(probe->reason, sizeof probe->reason, "The emulated library is of version %u, this program asks for %u.", HEADSCOPE_BACKEND_ABI, probe->abi);
    return;
  }
  probe->score = 1;
  probe->memory_bytes = int64_t{1} << 30;
  std::snprintf(probe->device, sizeof probe->device, "CUDA kernels on the emulator");
}

__attribute__((visibility("default"))) const headscope_backend_v1* headscope_backend(void) {
  static const headscope_backend_v1 table = [] {
    headscope_backend_v1 t = *headscope::cuda::backend();
    t.name = "emulated";
    t.description = "CUDA kernels on the emulator";
    return t;
  }();
  return &table;
}

}  // extern "C"
