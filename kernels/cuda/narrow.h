#pragma once

#include "../../native/backend.h"
#include "ptx/bfloat16.h"

namespace headscope::cuda {

// to[i] = from[i] rounded to bfloat16, i in [0, count), count a multiple of 8; both aligned to 16 bytes.
hs_status narrow(const float* from, int64_t count, Bf16* to);

}  // namespace headscope::cuda
