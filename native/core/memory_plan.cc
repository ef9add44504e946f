#include "memory_plan.h"

#include <algorithm>

#include "branches.h"
#include "error.h"
#include "projection.h"
#include "run.h"

namespace headscope {
namespace {

constexpr int64_t kFloat = sizeof(float);
// A worker's packed weights, keys and values, and the stack of its thread, as far as it is touched.
constexpr int64_t kWorkBytes = int64_t{3} << 20;
// Of a token-exact mask, per token: both lists, the counts of distances, the three bit arrays, the estimate's sums.
constexpr int64_t kMaskBytesPerToken = 24;

}  // namespace

std::vector<PlanPlace> plan_prefill(const Model& model, const PlanRequest& request) {
  if (request.rows < 1 || request.rows > INT32_MAX)
    throw Error("INVALID_REQUEST", "A prefill of " + std::to_string(request.rows) + " tokens cannot be planned.");
  if (request.threads < 1) throw Error("INVALID_REQUEST", "A prefill with " + std::to_string(request.threads) + " threads cannot be planned.");
  const ModelSpec& s = model.spec();
  const int64_t n = request.rows, chunk = std::min(n, kChunkRows), heads = s.heads, layers = s.layers;
  const int64_t hidden = n * s.hidden_size * kFloat, queries = n * heads * s.head_dim * kFloat, keys = n * s.kv_heads * s.head_dim * kFloat;
  const int64_t lse = heads * n * kFloat, overviews = 2 * heads * kOverviewSide * kOverviewSide * kFloat;

  int64_t rotary = 0;
  for (const RotaryTable& table : s.rotaries) rotary += 2 * n * static_cast<int64_t>(table.frequencies.size()) * kFloat;

  std::vector<PlanPlace> places;
  places.push_back({"weights (mapped)", model.weight_bytes()});
  places.push_back({"residual", hidden});
  if (request.keep_layer_inputs)
    places.push_back({request.spill ? "layer inputs (on disk)" : "layer inputs", (layers + 1) * hidden});
  else
    places.push_back({"last hidden state", hidden});
  places.push_back({"queries, keys and values of a layer", queries + 2 * keys});
  places.push_back({"attention output of a layer", queries});
  places.push_back({"rotary cos and sin", rotary});
  places.push_back({"activations of a chunk of rows", kFloat * (chunk * (s.hidden_size + heads * s.head_dim) + Branches::scratch_floats(s, chunk))});
  places.push_back({"masks of a layer", heads * n * kMaskBytesPerToken});
  places.push_back({"work buffers of the threads", request.threads * kWorkBytes});
  // What is kept of each layer, and the layer at work; its overviews also in the pieces that the workers make.
  if (request.keep_lse) places.push_back({"log-sum-exp", (layers + 1) * lse});
  if (request.keep_overviews) places.push_back({"overviews", (layers + 3) * overviews});
  return places;
}

}  // namespace headscope
