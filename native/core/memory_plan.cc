#include "memory_plan.h"

#include <algorithm>
#include <cstdio>

#include "branches.h"
#include "error.h"
#include "prefill.h"
#include "projection.h"
#include "run.h"

namespace headscope {
namespace {

constexpr int64_t kFloat = sizeof(float);
// A worker's packed weights, keys and values, and the stack of its thread, as far as it is touched.
constexpr int64_t kWorkBytes = int64_t{3} << 20;
// Of a token-exact mask, per token: both lists, the counts of distances, the three bit arrays, the estimate's sums.
constexpr int64_t kMaskBytesPerToken = 24;
// What a device's kernels take at most beside their operands: products in bfloat16, and the scores of an estimate of 64 rows.
constexpr int64_t kProductBytes = int64_t{256} << 20, kScoreBytes = int64_t{512} << 20;
// Of the memory that is left, what a plan may fill: allocations are rounded up, and the driver takes a little with each kernel.
constexpr double kUsableShare = 0.94;

int64_t sum_of(const std::vector<PlanPlace>& places) {
  int64_t sum = 0;
  for (const PlanPlace& place : places) sum += place.bytes;
  return sum;
}

std::string gib(int64_t bytes) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f GiB", static_cast<double>(bytes) / (1024.0 * 1024 * 1024));
  return text;
}

// What is not allocated yet of a plan: the weights that stay are there already.
int64_t still_to_take(const Model& model, const std::vector<PlanPlace>& places) {
  const WeightBytes& weights = model.weights();
  return sum_of(places) - (weights.streamed ? weights.outside_layers : weights.all);
}

int32_t most_parts(const ModelSpec& s) { return heads_part(s) ? s.kv_heads : 1; }

// The fewest parts that fit into `free_bytes`; 0: none do.
int32_t fewest_parts(const Model& model, int64_t rows, bool keep_overviews, bool keep_lse, int64_t free_bytes) {
  const ModelSpec& s = model.spec();
  for (int32_t parts = 1; parts <= most_parts(s); ++parts)
    if (s.kv_heads % parts == 0 &&
        static_cast<double>(still_to_take(model, plan_device(s, model.weights(), rows, parts, keep_overviews, keep_lse))) <= kUsableShare * static_cast<double>(free_bytes))
      return parts;
  return 0;
}

// Bytes free on the backend's own memory, below 0 where it has none or does not tell.
int64_t free_of(const headscope_backend_v1& b) {
  int64_t free_bytes = -1, total = 0;
  if (b.host_memory || !b.memory) return -1;
  check(b, b.memory(&free_bytes, &total));
  return free_bytes;
}

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

  const bool on_device = !model.backend().host_memory;
  std::vector<PlanPlace> places;
  places.push_back({"weights (mapped)", model.weight_bytes()});
  if (on_device) {
    const int64_t free_bytes = free_of(model.backend());
    const int32_t parts = free_bytes < 0 ? 1 : fewest_parts(model, n, request.keep_overviews, request.keep_lse, free_bytes);
    for (PlanPlace& place : plan_device(s, model.weights(), n, parts > 0 ? parts : most_parts(s), request.keep_overviews, request.keep_lse)) places.push_back(std::move(place));
  } else {
    places.push_back({"residual", hidden});
    places.push_back({"queries, keys and values of a layer", queries + 2 * keys});
    places.push_back({"attention output of a layer", queries});
    places.push_back({"rotary cos and sin", rotary});
    places.push_back({"activations of a chunk of rows", kFloat * (chunk * (s.hidden_size + heads * s.head_dim) + Branches::scratch_floats(s, chunk))});
  }
  if (request.keep_layer_inputs)
    places.push_back({request.spill ? "layer inputs (on disk)" : "layer inputs", (layers + 1) * hidden});
  else
    places.push_back({"last hidden state", hidden});
  places.push_back({"masks of a layer", heads * n * kMaskBytesPerToken});
  if (!on_device) places.push_back({"work buffers of the threads", request.threads * kWorkBytes});
  // What is kept of each layer, and the layer at work; its overviews also in the pieces that the workers make.
  if (request.keep_lse) places.push_back({"log-sum-exp", (layers + (on_device ? 0 : 1)) * lse});
  if (request.keep_overviews) places.push_back({"overviews", (layers + (on_device ? 0 : 3)) * overviews});
  return places;
}

std::vector<PlanPlace> plan_device(const ModelSpec& s, const WeightBytes& weights, int64_t rows, int32_t parts, bool keep_overviews, bool keep_lse) {
  const int64_t n = rows, chunk = std::min(n, kChunkRows), heads = s.heads / parts, width = int64_t{s.heads} * s.head_dim;
  const int64_t of_heads = n * heads * s.head_dim * kFloat, of_keys = n * (s.kv_heads / parts) * s.head_dim * kFloat, cells = kOverviewSide * kOverviewSide;
  int64_t rotary = 0;
  for (const RotaryTable& table : s.rotaries) rotary += 2 * n * static_cast<int64_t>(table.frequencies.size()) * kFloat;
  const std::string of = parts > 1 ? std::to_string(heads) + " of " + std::to_string(s.heads) + " heads" : "a layer";
  std::vector<PlanPlace> places = {
      {weights.streamed ? "embeddings, and the weights of one layer (device)" : "weights (device)", weights.streamed ? weights.outside_layers + weights.largest_layer : weights.all},
      {"residual (device)", n * s.hidden_size * kFloat},
      {"queries, keys and values of " + of + " (device)", of_heads + 2 * of_keys},
      {"keys and values in bfloat16 (device)", of_keys},
      {"attention output of a layer (device)", n * width * kFloat},
      {"rotary cos and sin (device)", rotary},
      {"activations of a chunk of rows (device)", kFloat * (chunk * (s.hidden_size + width) + Branches::scratch_floats(s, chunk))},
      {"masks of " + of + " (device)", heads * n * kMaskBytesPerToken},
      {"products and estimates at work (device)", kProductBytes + std::min(kScoreBytes, heads * 64 * n * kFloat)}};
  if (keep_lse) places.push_back({"log-sum-exp of " + of + " (device)", heads * n * kFloat});
  if (keep_overviews) places.push_back({"overviews of " + of + " (device)", heads * cells * (2 * kFloat + 8)});
  return places;
}

int32_t head_parts_for(const Model& model, int64_t rows, const PrefillRequest& request) {
  const ModelSpec& s = model.spec();
  if (request.head_parts != 0) {
    if (request.head_parts < 0 || s.kv_heads % request.head_parts || request.head_parts > most_parts(s))
      throw Error("INVALID_REQUEST", "The heads of this model cannot be taken in " + std::to_string(request.head_parts) + " parts.");
    return request.head_parts;
  }
  const int64_t free_bytes = free_of(model.backend());
  if (free_bytes < 0) return 1;
  const int32_t parts = fewest_parts(model, rows, request.keep_overviews, request.keep_lse, free_bytes);
  if (parts > 0) return parts;
  const int64_t bytes = still_to_take(model, plan_device(s, model.weights(), rows, most_parts(s), request.keep_overviews, request.keep_lse));
  throw Error("PROMPT_TOO_LONG", std::to_string(rows) + " tokens would take " + gib(bytes) + " of the " + model.backend().name + " device beside what it holds, and " + gib(free_bytes) +
                                     " are free. Fewer tokens, or no kept overviews, need less; so does --backend cpu.");
}

}  // namespace headscope
