#include "native/core/speed.h"

#include <atomic>
#include <cmath>
#include <string>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

HS_TEST("a speed is a finite rate of every shape, and its measurement can be cancelled") {
  const OpenTiny tiny(*cpu::backend(), TinyShape{});
  Job job;
  job.threads = 2;
  const Speed speed = measure_speed(*tiny.model, job);
  HS_CHECK(std::isfinite(speed.linear_flops_per_ms) && speed.linear_flops_per_ms > 0);
  HS_CHECK(std::isfinite(speed.tile_ms) && speed.tile_ms > 0);

  std::atomic<int32_t> cancel{1};
  job.cancel = &cancel;
  std::string code = "ran";
  try {
    measure_speed(*tiny.model, job);
  } catch (const Error& e) {
    code = e.code();
  }
  HS_CHECK_EQ(code, std::string("CANCELLED"));
}
