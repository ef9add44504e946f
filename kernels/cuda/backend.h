// The CUDA backend's table, whole.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

const headscope_backend_v1* backend();

}  // namespace headscope::cuda
