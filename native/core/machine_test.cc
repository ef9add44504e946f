#include "native/core/machine.h"

#include <thread>

#include "kernels/check/check.h"

using namespace headscope;

HS_TEST("the machine has processors and memory, and not more than the hardware") {
  HS_CHECK(hardware_threads() >= 1);
  HS_CHECK(hardware_threads() <= static_cast<int32_t>(std::thread::hardware_concurrency()));
  HS_CHECK(available_bytes() > int64_t{16} << 20);
}
