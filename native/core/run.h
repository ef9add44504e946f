// What a prefill leaves: immutable, and enough to answer every later question about its heads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host_floats.h"
#include "job.h"
#include "layer.h"
#include "model.h"

namespace headscope {

inline constexpr int64_t kOverviewSide = 256;  // overviews are [256, 256] a head

struct LayerTiming {
  double attention_ms = 0, linear_ms = 0, index_ms = 0, other_ms = 0;
  std::vector<double> executed_tiles;  // [heads] 64x64 tiles multiplied
  double causal_tiles = 0;             // of one dense head, within the layer's window
  std::vector<int32_t> ran_dense;      // heads whose sparse pattern was replaced by dense because it would not pay
};

// Everything a Run owns; prefill() and restore_run() fill one. Null arrays were not kept.
struct RunData {
  std::vector<int32_t> tokens;
  std::vector<HostFloats> layer_inputs;  // [layers + 1] of [N, D], the last is the input of the final norm; or empty
  HostFloats last_hidden;                // [N, D]; null when layer_inputs has it
  HostFloats lse;                        // [layers, H, N] natural log, over the keys that were attended
  HostFloats overview_sum, overview_max;  // [layers, H, 256, 256]
  std::vector<std::vector<uint8_t>> lse_is_dense;  // [layers][heads], or empty where unknown
  std::vector<LayerTiming> timings;
  double total_ms = 0;
};

// Const calls may run from several threads at once.
class Run {
 public:
  Run(std::shared_ptr<const Model> model, RunData data);

  const Model& model() const { return *model_; }
  int64_t rows() const { return static_cast<int64_t>(data_.tokens.size()); }
  const std::vector<int32_t>& tokens() const { return data_.tokens; }
  const std::vector<LayerTiming>& timings() const { return data_.timings; }  // empty for a restored run
  double total_ms() const { return data_.total_ms; }
  bool has_layer_inputs() const { return !data_.layer_inputs.empty(); }
  bool has_lse() const { return data_.lse != nullptr; }
  bool has_overviews() const { return data_.overview_sum != nullptr; }

  // Into host memory. Throw INVALID_REQUEST for a layer out of range or an array that was not kept.
  void copy_lse(int32_t layer, float* into) const;          // [H, N], layer in [0, layers)
  void copy_layer_input(int32_t layer, float* into) const;  // [N, D], layer in [0, layers]
  void copy_overview_sum(int32_t layer, int32_t head, float* into) const;  // [256, 256]
  void copy_overview_max(int32_t layer, int32_t head, float* into) const;

  // Logits of rows [begin, end), [end - begin, vocab], through the final norm and the head, in chunks of rows.
  void logits(int64_t begin, int64_t end, float* into, const Job& job) const;
  // Projects q, k, v of a layer from its input, to the bit what the prefill's attention read.
  std::shared_ptr<Layer> layer(int32_t layer, const Job& job) const;

 private:
  const float* hidden(int32_t layer) const;
  void copy_overview(const HostFloats& from, int32_t layer, int32_t head, float* into) const;
  std::shared_ptr<const Model> model_;
  RunData data_;
};

// Throws PROMPT_EMPTY, PROMPT_TOO_LONG or TOKEN_OUT_OF_RANGE (with the token's place).
void check_tokens(const ModelSpec& spec, const std::vector<int32_t>& tokens);

// A run made earlier. layer_inputs: layers + 1 arrays of [N, D]; lse [layers, H, N] or nullptr; overviews [layers, H, 256, 256], both
// or neither. All are copied. Throws PROMPT_EMPTY, TOKEN_OUT_OF_RANGE, RUN_INVALID.
std::shared_ptr<Run> restore_run(std::shared_ptr<const Model> model, std::vector<int32_t> tokens, const std::vector<const float*>& layer_inputs,
                                 const float* lse, const float* overview_sum, const float* overview_max);

}  // namespace headscope
