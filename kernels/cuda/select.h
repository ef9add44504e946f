// The indices that budgets take of scores, chosen on the device: what native/core's budget_set() chooses, to the index.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

// One choice: the first `forced` of `n` scores, then those of the largest scores, equal ones (both zeros are) by ascending index, NaN last; `budget` in all.
struct Selection {
  const float* scores;  // on the device, [n]
  int32_t* list;        // on the device, [budget], written ascending
  int32_t n, forced, budget;  // 0 <= forced, budget <= n
};

// selections: on the device, [count]; a block for each.
hs_status select_budgets(const Selection* selections, int64_t count);

}  // namespace headscope::cuda
