// Which kernels are used, and the check that decides it.
#include "kernels/cuda/paths.h"

#include <cmath>

#include "device.h"
#include "kernels/cuda/gemm.h"
#include "kernels/cuda/hopper_check.h"

using namespace headscope::cuda;
using namespace headscope::cuda::testing;

namespace {

HS_TEST("what agreed is used on sm_90, and the environment overrides it") {
  HS_CHECK_EQ(hopper_parts_for(kHopperGemm, 90, nullptr), kHopperGemm);
  HS_CHECK_EQ(hopper_parts_for(0, 90, "hopper"), kHopperParts);
  HS_CHECK_EQ(hopper_parts_for(kHopperParts, 90, "mma"), 0u);
  for (const char* unknown : {"", "auto", "Hopper"}) HS_CHECK_EQ(hopper_parts_for(kHopperAttention, 90, unknown), kHopperAttention);
  for (const int other : {80, 86, 89, 100, 120}) HS_CHECK_EQ(hopper_parts_for(kHopperParts, other, "hopper"), 0u);
}

HS_TEST("until it is told that they agree, the backend uses no kernel for Hopper") {
  HS_CHECK_EQ(hopper_in_use(), 0u);
  HS_CHECK(gemm_path(4096, 4096) != GemmPath::hopper);
}

HS_TEST("agreement is of the norm, and knows NaN and infinities") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  HS_CHECK(agree({1, 2, -inf}, {1, 2.001f, -inf}, 1e-3));
  HS_CHECK(!agree({1, 2}, {1, 2.01f}, 1e-3));
  HS_CHECK(!agree({1, nan}, {1, nan}, 1));
  HS_CHECK(!agree({1, 2}, {1, -inf}, 1));
  HS_CHECK(!agree({1}, {1, 2}, 1));
  HS_CHECK(agree({0, 0}, {0, 0}, 0));
}

HS_TEST("the kernels for Hopper agree with their twins where their instructions are") {
  if (HS_EMULATED || device().architecture == 90) HS_CHECK_EQ(agreeing_hopper_parts(), kHopperParts);
}

}  // namespace
