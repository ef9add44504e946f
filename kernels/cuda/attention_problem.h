// Attention as its two kernels take it: attention.cu checks a call and prepares this, attention_mma.cu runs it on any device, attention_hopper.cu on sm_90.
#pragma once

#include "../../native/backend.h"
#include "ptx/bfloat16.h"
#include "score_scale.h"

namespace headscope::cuda {

struct Attention {
  const float* q;          // [heads, rows, head_dim]
  const Bf16 *k, *v;       // [heads / group, rows, head_dim]; v nullptr: no outputs
  const MaskIndex* masks;  // [heads]
  const int32_t* order;    // [heads], which comes first
  float* out;              // [rows, heads * head_dim], row stride out_stride
  float* lse;              // [heads, rows] or nullptr
  int32_t* executed;       // [heads, row_tiles] tiles multiplied, or nullptr
  const int32_t* cancel;   // nullptr, or a flag: blocks that begin after it was set multiply nothing
  int64_t rows, row_tiles, out_stride;
  int32_t heads, group, head_dim;
  ScoreScale scale;
  float most;              // the largest bent product that is told apart
};

// Both keep the stream of tiles and its order, so they give the same but for the rounding of their products.
hs_status attend_mma(const Attention& a);
// HS_UNSUPPORTED where hopper_takes() is false.
hs_status attend_hopper(const Attention& a);
// Outputs are asked for, and heads are of sizes that its tiles are not too wide for.
bool hopper_takes(const Attention& a);

}  // namespace headscope::cuda
