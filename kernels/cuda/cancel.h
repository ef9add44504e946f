#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

inline bool cancelled(const hs_exec* exec) { return exec && exec->cancel && __atomic_load_n(exec->cancel, __ATOMIC_RELAXED); }

}  // namespace headscope::cuda
