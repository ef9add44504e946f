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
// again; every other place is memory of the process. Throws INVALID_REQUEST for rows < 1 or threads < 1.
std::vector<PlanPlace> plan_prefill(const Model& model, const PlanRequest& request);

}  // namespace headscope
