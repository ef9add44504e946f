// From a layer's input to its q, k, v after RoPE: the one way that the prefill and a run's layer() share, so that both give the
// same bits.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer.h"
#include "model.h"

namespace headscope {

// Rows that pass through the linear layers together: enough that widening and packing a weight is little beside multiplying by it
// (512 rows cost 4 % more, 2,048 save 2 %), few enough that their activations are little beside the residual. One number for
// every call, because results may differ in the last bit between chunkings.
inline constexpr int64_t kChunkRows = 1024;

// A layer's heads, or a part of them: with `parts` above 1 (a divisor of the key-value heads) part p holds the p-th H / parts query heads and the
// key-value heads they read.
struct LayerHeads {
  Buffer q, k, v;  // [H, N, d], [G, N, d], [G, N, d]
  int32_t parts = 1;
  LayerHeads() = default;
  LayerHeads(const Model& model, int64_t rows, int32_t parts = 1);
  hs_heads view(const Model& model, int32_t layer, int64_t rows) const;
};

// Whether a layer's heads can be projected part by part: no norm covers all of a row's heads at once.
bool heads_part(const ModelSpec& spec);

// Milliseconds by kind of work.
struct ProjectionTimes {
  double linear_ms = 0, other_ms = 0;
};

class Projection {
 public:
  // Scratch for chunks of an input of `rows` rows, and the cos and sin of all its positions.
  Projection(const Model& model, int64_t rows, const hs_exec& exec) : Projection(model, rows, rows, exec) {}
  // The same for `rows` rows of which the first `prompt_rows` are the prompt, whose length decides how fast pairs turn.
  Projection(const Model& model, int64_t prompt_rows, int64_t rows, const hs_exec& exec);

  // x: rows [first, first + count) of the layer's input, [count, D] in the backend's memory, count <= kChunkRows, first a multiple
  // of kChunkRows; or one row, anywhere. Writes those rows of `out`, which holds part `part` of its parts.
  void run(const hs_exec& exec, int32_t layer, const float* x, int64_t first, int64_t count, LayerHeads& out, ProjectionTimes& times, int32_t part = 0);

 private:
  const Model& model_;
  int64_t rows_;
  Buffer normed_, projected_;
  std::vector<Rotation> rotations_;  // of each of the model's tables
};

}  // namespace headscope
