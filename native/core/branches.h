// What a layer does after its attention: the output projection and the MLP, each added to the residual.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer.h"
#include "model.h"
#include "projection.h"

namespace headscope {

class Branches {
 public:
  // Scratch for chunks of at most min(rows, kChunkRows) rows.
  Branches(const Model& model, int64_t rows);

  // attended: [count, H * d], residual: [count, D], both in the backend's memory; residual is updated in place.
  void run(const hs_exec& exec, int32_t layer, const float* attended, float* residual, int64_t count, ProjectionTimes& times);

  // Floats of scratch for `chunk` rows, for the memory plan.
  static int64_t scratch_floats(const ModelSpec& spec, int64_t chunk);

 private:
  struct Gated {
    const hs_weights &gate, &up, &down;
    const float *gate_bias, *up_bias, *down_bias;
  };
  void gated(const hs_exec& exec, const Gated& mlp, const float* x, int64_t count, int add, float* out, ProjectionTimes& times);
  // x is not the residual itself: the experts add to it one after the other.
  void experts(const hs_exec& exec, int32_t layer, const float* x, int64_t count, float* residual, ProjectionTimes& times);
  void join(const hs_exec& exec, const std::optional<hs_weights>& norm, float* residual, int64_t count, ProjectionTimes& times);

  const Model& model_;
  Buffer normed_, gate_, up_;
  Buffer branch_;             // [chunk, D] of a branch that is normed or scaled before it joins the residual; else empty
  Buffer taken_, given_;      // [chunk, D] rows of one expert, in and out; empty without experts
  Buffer routes_;             // [chunk, experts]
  std::vector<float> logits_;  // routes_ on the host
};

}  // namespace headscope
