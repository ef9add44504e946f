// The online estimates that patterns are built from. Functions of native/backend.h.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

hs_status last_rows_estimate(const hs_exec*, const hs_heads*, int32_t head, int32_t last, float* column_sum, float* distance_sum);
hs_status pooled_block_scores(const hs_exec*, const hs_heads*, int32_t head, int32_t block_size, float* scores);

// Why an estimate of this head is refused, or nullptr.
const char* refused_estimate(const hs_heads&, int32_t head);

}  // namespace headscope::cuda
