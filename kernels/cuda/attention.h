#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

// native/backend.h.
hs_status attention(const hs_exec*, const hs_attention*);

}  // namespace headscope::cuda
