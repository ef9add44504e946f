// Attention over tile streams. A function of native/backend.h, and its parts' choice.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

// hopper: heads that its kernel does not take, and calls for the log-sum-exp alone, go to mma.sync all the same.
enum class AttentionPath { mma, hopper };

hs_status attention_on(AttentionPath path, const hs_exec*, const hs_attention*);
// By the path in use (paths.h).
hs_status attention(const hs_exec*, const hs_attention*);

}  // namespace headscope::cuda
