#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

// Zeros `bytes` bytes of device memory, a multiple of 4.
hs_status clear(void* to, int64_t bytes);

}  // namespace headscope::cuda
