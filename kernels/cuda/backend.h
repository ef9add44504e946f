// The CUDA backend's table. Functions that are not written yet are null; whoever loads the library refuses it while one is.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

const headscope_backend_v1* backend();

}  // namespace headscope::cuda
