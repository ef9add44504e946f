#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

// native/backend.h.
hs_status attend_row(const hs_exec*, const hs_row_attention*);

}  // namespace headscope::cuda
