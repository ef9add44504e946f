// The bytes a prefill holds at its peak, by place, known before any is taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model.h"

namespace headscope {

struct PlanPlace {
  std::string name;
  int64_t bytes;
};

struct PlanRequest {
  int64_t rows = 0;  // tokens
  int32_t threads = 1;
  bool keep_layer_inputs = true, keep_overviews = true, keep_lse = true;
  bool spill = false;  // kept layer inputs in files
};

// An upper bound for each place. "weights (mapped)" and "layer inputs (on disk)" are pages of files, which the system can drop and read
// again; "... (device)" is memory of a backend that has its own, for as many parts of the heads as it needs (head_parts_for, or, where even that does not
// help, the most there are); every other place is memory of the process. Throws INVALID_REQUEST for rows < 1 or threads < 1.
std::vector<PlanPlace> plan_prefill(const Model& model, const PlanRequest& request);

// Bytes of the device that a prefill of `rows` tokens takes in `parts` parts of the heads, by place.
std::vector<PlanPlace> plan_device(const ModelSpec& spec, const WeightBytes& weights, int64_t rows, int32_t parts, bool keep_overviews, bool keep_lse);

// In how many parts a prefill projects and attends to the heads: what was asked for, else the fewest whose plan fits what the backend's memory has left. 1 on backends
// that compute in the process's memory, or that do not tell. Throws INVALID_REQUEST (no divisor of the key-value heads), PROMPT_TOO_LONG with the plan's numbers.
struct PrefillRequest;
int32_t head_parts_for(const Model& model, int64_t rows, const PrefillRequest& request);

}  // namespace headscope
