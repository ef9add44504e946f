// Greedy decoding after a prefill: the prompt's keys and values as the run has them (sparse or dense), every new token densely.
#pragma once

#include <cstdint>
#include <vector>

#include "job.h"
#include "run.h"

namespace headscope {

struct GenerationRequest {
  int32_t max_new = 0;                 // 1 or more
  std::vector<int32_t> stop_tokens;    // the first of these ends the text; may be empty
};

struct Generation {
  std::vector<int32_t> tokens;  // without the one that stopped it
  bool stopped = false;         // a stop token came before max_new tokens
  double cache_ms = 0;          // keys and values of the prompt projected again
  double decode_ms = 0;         // all steps
};

// Bytes of the keys and values that a run of `rows` tokens holds while it writes max_new more.
int64_t generation_cache_bytes(const ModelSpec& spec, int64_t rows, int64_t max_new);

// The first token is the largest logit of the run's last row: what the prefill, sparse where it was, predicts. Each further token goes
// through the layers alone and attends to every key before it, in float32. Of equal logits the lowest id wins. Needs the layer inputs
// unless max_new is 1. Throws INVALID_REQUEST, BACKEND_UNAVAILABLE (a backend that cannot decode), OUT_OF_MEMORY, CANCELLED,
// CHECKPOINT_INVALID (numbers outside float32). Progress counts new tokens.
Generation generate(const Run& run, const GenerationRequest& request, const Job& job);

}  // namespace headscope
