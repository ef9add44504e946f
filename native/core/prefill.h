// One forward pass over a whole prompt, layer by layer, rows in chunks: norm, q k v, RoPE, attention, MLP.
// No N x N array and no logits; the residual stream, q, k, v and the attention's output of one layer are what it holds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "job.h"
#include "model.h"
#include "pattern.h"
#include "run.h"

namespace headscope {

// A sparse head that executes more than this share of the dense head's tiles would not be faster than dense. Tiles under a mask take
// 0.68 to 1.03 of a dense tile's time (bench/attention_bench.cc), so on the CPU only a mask of nearly every tile does not pay.
inline constexpr double kDensePaysAbove = 0.97;

struct PrefillRequest {
  std::vector<int32_t> tokens;
  std::vector<std::vector<Pattern>> patterns;  // [layers][heads], or empty: dense everywhere
  bool compat = false;                         // vertical_slash as MInference's converted lists
  bool keep_layer_inputs = true, keep_overviews = true, keep_lse = true;
  std::string spill_folder;      // where the kept layer inputs lie in files instead of memory; empty: in memory
  int32_t head_parts = 0;        // a layer's heads are projected and attended to in so many parts, a divisor of the key-value heads; 0: as few as the backend's memory allows
  // Run a sparse head above kDensePaysAbove densely, and list it; on a backend with memory of its own also where the layers before have shown that an index takes longer
  // than dense attention (break_even.h).
  bool dense_where_pays = true;
};

// Throws PROMPT_EMPTY, TOKEN_OUT_OF_RANGE (with the token's place), CONFIG_MISMATCH (patterns of another shape), PATTERN_INVALID, CANCELLED,
// OUT_OF_MEMORY, PROMPT_TOO_LONG (the backend's own memory would not hold it), FILE_WRITE_FAILED (no room to spill). Progress counts layers: done = layers finished plus the share of the one at work; note "layer 3/30".
std::shared_ptr<Run> prefill(std::shared_ptr<const Model> model, PrefillRequest request, const Job& job);

}  // namespace headscope
