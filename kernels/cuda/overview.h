#pragma once

#include "kernels/common/mask_index.h"
#include "narrow.h"
#include "score_scale.h"

namespace headscope::cuda {

struct Overview {
  const float* q;          // [heads, rows, head_dim]
  const Bf16* k;           // [heads / group, rows, head_dim]
  const MaskIndex* masks;  // [heads]
  const int32_t* order;    // [heads], which comes first
  const float* lse;        // [heads, rows], of the kept keys
  uint64_t* fixed;         // [heads, 256, 256] sums in units of 2^-40
  uint32_t* max;           // [heads, 256, 256] bits of float32
  const int32_t* cancel;   // as of attention
  int64_t rows, row_tiles;
  int32_t heads, group, head_dim;
  ScoreScale scale;
};

// Fills sum and max, [heads, 256, 256] on the device (native/backend.h), from a finished attention. `o` without fixed and max.
hs_status overview(Overview o, float* sum, float* max);

}  // namespace headscope::cuda
