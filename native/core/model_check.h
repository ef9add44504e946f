// What a ModelSpec must hold before any tensor is looked at.
#pragma once

#include "model.h"

namespace headscope {

// Throws CHECKPOINT_INVALID, naming the size or number that cannot be, or UNSUPPORTED_ARCHITECTURE.
void check_spec(const ModelSpec& spec);

}  // namespace headscope
