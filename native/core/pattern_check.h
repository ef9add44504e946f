// The last check of a pattern before arithmetic relies on it; the engine has said the same to its callers in their own terms.
#pragma once

#include "pattern.h"

namespace headscope {

// Throws PATTERN_INVALID for a negative budget or a block size that is not a power of two from 16 to 1,024.
void check_pattern(const Pattern& pattern);

}  // namespace headscope
