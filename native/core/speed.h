// How fast this machine multiplies a model's shapes, measured in well under a second on its own first layer: the ground of a time plan.
#pragma once

#include <memory>

#include "job.h"
#include "model.h"

namespace headscope {

struct Speed {
  double linear_flops_per_ms = 0;  // of the linear layers, a multiply and an add counted as two
  double tile_ms = 0;              // of one dense 64x64 tile of one head, all threads at work
};

// The fastest of three repetitions over 1,024 rows. Throws CANCELLED, OUT_OF_MEMORY, CHECKPOINT_INVALID (damaged weights).
Speed measure_speed(const Model& model, const Job& job);

}  // namespace headscope
