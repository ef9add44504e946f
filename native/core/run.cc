#include "run.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "error.h"
#include "execution.h"
#include "projection.h"
#include "usable_values.h"

namespace headscope {
namespace {

constexpr int64_t kLogitsAtOnce = 16 << 20;  // floats of a chunk of logits

HostFloats copy_of(const float* from, int64_t count, const char* purpose) {
  HostFloats copy = host_floats(count, purpose);
  std::memcpy(copy.get(), from, static_cast<size_t>(count) * sizeof(float));
  return copy;
}

void check_layer(int32_t layer, int32_t end) {
  if (layer < 0 || layer >= end)
    throw Error("INVALID_REQUEST", "Layer " + std::to_string(layer) + " is not one of 0 to " + std::to_string(end - 1) + ".");
}

// The `part`-th piece of `count` numbers.
void copy_part(const HostFloats& from, int64_t part, int64_t count, float* into, const char* name) {
  if (!from) throw Error("INVALID_REQUEST", std::string("This run did not keep its ") + name + "; prefill again and keep them.");
  std::memcpy(into, from.get() + part * count, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace

void check_tokens(const ModelSpec& spec, const std::vector<int32_t>& tokens) {
  if (tokens.empty()) throw Error("PROMPT_EMPTY", "The prompt has no tokens.");
  if (tokens.size() > static_cast<size_t>(INT32_MAX)) throw Error("PROMPT_TOO_LONG", "The prompt has more than 2^31 - 1 tokens.");
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] < 0 || tokens[i] >= spec.vocab_size)
      throw Error("TOKEN_OUT_OF_RANGE", "Token " + std::to_string(tokens[i]) + " at position " + std::to_string(i) +
                                            " is outside the model's vocabulary, 0 to " + std::to_string(spec.vocab_size - 1) + ".");
}

Run::Run(std::shared_ptr<const Model> model, RunData data) : model_(std::move(model)), data_(std::move(data)) {}

void Run::copy_lse(int32_t layer, float* into) const {
  const ModelSpec& s = model_->spec();
  check_layer(layer, s.layers);
  copy_part(data_.lse, layer, s.heads * rows(), into, "log-sum-exp");
}

void Run::copy_layer_input(int32_t layer, float* into) const {
  check_layer(layer, model_->spec().layers + 1);
  std::memcpy(into, hidden(layer), static_cast<size_t>(rows() * model_->spec().hidden_size) * sizeof(float));
}

void Run::copy_overview(const HostFloats& from, int32_t layer, int32_t head, float* into) const {
  const ModelSpec& s = model_->spec();
  check_layer(layer, s.layers);
  if (head < 0 || head >= s.heads) throw Error("INVALID_REQUEST", "Head " + std::to_string(head) + " is not of this model; it has " + std::to_string(s.heads) + " heads.");
  copy_part(from, int64_t{layer} * s.heads + head, kOverviewSide * kOverviewSide, into, "overviews");
}
void Run::copy_overview_sum(int32_t layer, int32_t head, float* into) const { copy_overview(data_.overview_sum, layer, head, into); }
void Run::copy_overview_max(int32_t layer, int32_t head, float* into) const { copy_overview(data_.overview_max, layer, head, into); }

const float* Run::hidden(int32_t layer) const {
  if (has_layer_inputs()) return data_.layer_inputs[static_cast<size_t>(layer)].get();
  if (layer == model_->spec().layers) return data_.last_hidden.get();
  throw Error("INVALID_REQUEST", "This run did not keep its layer inputs; prefill again and keep them.");
}

void Run::logits(int64_t begin, int64_t end, float* into, const Job& job) const {
  if (begin < 0 || end < begin || end > rows())
    throw Error("INVALID_REQUEST", "Rows " + std::to_string(begin) + " to " + std::to_string(end) + " are not rows of a run of " +
                                       std::to_string(rows()) + " tokens.");
  if (begin == end) return;
  model_->check_files();
  const ModelSpec& s = model_->spec();
  const headscope_backend_v1& b = model_->backend();
  const int64_t most = std::min(end - begin, std::clamp<int64_t>(kLogitsAtOnce / s.vocab_size, 16, kChunkRows));
  Buffer x(b, most * s.hidden_size), normed(b, most * s.hidden_size), logits(b, most * s.vocab_size);
  Execution work(job);
  const hs_exec exec = work.exec();
  for (int64_t first = begin; first < end; first += most) {
    work.stop_if_cancelled();
    work.say(static_cast<double>(first - begin), static_cast<double>(end - begin), "logits");
    const int64_t count = std::min(most, end - first);
    x.upload(hidden(s.layers) + first * s.hidden_size, 0, count * s.hidden_size);
    check(b, b.rms_norm(&exec, x.data(), count, s.hidden_size, &model_->final_norm(), s.rms_norm_eps, normed.data()));
    check(b, b.gemm(&exec, normed.data(), s.hidden_size, count, &model_->lm_head(), nullptr, 0, logits.data(), s.vocab_size));
    check_usable(b, exec, logits.data(), count * s.vocab_size, "The logits");
    if (s.logit_scale != 1 || s.logit_cap > 0) check(b, b.scale_cap(&exec, logits.data(), count * s.vocab_size, s.logit_scale, s.logit_cap));
    logits.download(into + (first - begin) * s.vocab_size, 0, count * s.vocab_size);
  }
}

std::shared_ptr<Layer> Run::layer(int32_t l, const Job& job) const {
  const ModelSpec& s = model_->spec();
  check_layer(l, s.layers);
  const float* input = hidden(l);
  model_->check_files();
  const headscope_backend_v1& b = model_->backend();
  Execution work(job);
  const hs_exec exec = work.exec();
  Projection projection(*model_, rows(), exec);
  LayerHeads heads(*model_, rows());
  Buffer x(b, std::min(rows(), kChunkRows) * s.hidden_size);
  ProjectionTimes times;
  for (int64_t first = 0; first < rows(); first += kChunkRows) {
    work.stop_if_cancelled();
    work.say(static_cast<double>(first), static_cast<double>(rows()), "projecting");
    const int64_t count = std::min(kChunkRows, rows() - first);
    x.upload(input + first * s.hidden_size, 0, count * s.hidden_size);
    projection.run(exec, l, x.data(), first, count, heads, times);
  }
  release_pages(data_.layer_inputs[static_cast<size_t>(l)]);
  // What the prefill found for its dense heads need not be found again.
  std::vector<Buffer> lse(static_cast<size_t>(s.heads));
  if (data_.lse && !data_.lse_is_dense.empty())
    for (int32_t h = 0; h < s.heads; ++h) {
      if (!data_.lse_is_dense[static_cast<size_t>(l)][static_cast<size_t>(h)]) continue;
      Buffer& known = lse[static_cast<size_t>(h)] = Buffer(b, rows());
      known.upload(data_.lse.get() + (int64_t{l} * s.heads + h) * rows(), 0, rows());
    }
  const HeadsShape shape{s.heads, s.kv_heads, s.head_dim, rows(), s.score_scale, s.score_cap, model_->kind(l).window};
  return std::make_shared<Layer>(b, shape, std::move(heads.q), std::move(heads.k), std::move(heads.v), std::move(lse));
}

std::shared_ptr<Run> restore_run(std::shared_ptr<const Model> model, std::vector<int32_t> tokens, const std::vector<const float*>& layer_inputs,
                                 const float* lse, const float* overview_sum, const float* overview_max) {
  const ModelSpec& s = model->spec();
  check_tokens(s, tokens);
  if (static_cast<int64_t>(layer_inputs.size()) != int64_t{s.layers} + 1)
    throw Error("RUN_INVALID", "The run has " + std::to_string(layer_inputs.size()) + " layer inputs; this model's runs have " +
                                   std::to_string(s.layers + 1) + ". It was made with another model.");
  if (!overview_sum != !overview_max) throw Error("RUN_INVALID", "The run has one kind of overview without the other.");
  const int64_t rows = static_cast<int64_t>(tokens.size()), overviews = int64_t{s.layers} * s.heads * kOverviewSide * kOverviewSide;
  RunData data;
  data.tokens = std::move(tokens);
  for (const float* input : layer_inputs) data.layer_inputs.push_back(copy_of(input, rows * s.hidden_size, "a layer's input"));
  if (lse) data.lse = copy_of(lse, int64_t{s.layers} * s.heads * rows, "the log-sum-exp of every head");
  if (overview_sum) {
    data.overview_sum = copy_of(overview_sum, overviews, "the overviews of every head");
    data.overview_max = copy_of(overview_max, overviews, "the overviews of every head");
  }
  return std::make_shared<Run>(std::move(model), std::move(data));
}

}  // namespace headscope
