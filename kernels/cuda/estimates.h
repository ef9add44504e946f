// The online estimates that patterns are built from. Functions of native/backend.h.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

hs_status last_rows_estimate(const hs_exec*, const hs_heads*, int32_t head, int32_t last, float* column_sum, float* distance_sum);
hs_status choose_diagonals(const hs_exec*, const hs_heads*, int32_t count, const hs_diagonals_choice* choices);
hs_status pooled_block_scores(const hs_exec*, const hs_heads*, int32_t head, int32_t block_size, float* scores);

// Why an estimate of this head is refused, or nullptr.
const char* refused_estimate(const hs_heads&, int32_t head);

// sums (on the device, [count, 2, N], zeros at first): the estimate of each of the heads, along columns, then along distances. heads: host, [count].
hs_status sum_last_rows(const hs_exec*, const hs_heads&, const int32_t* heads, int32_t count, int32_t last, float* sums);

}  // namespace headscope::cuda
