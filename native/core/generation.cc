#include "generation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "branches.h"
#include "error.h"
#include "execution.h"
#include "host_floats.h"
#include "projection.h"
#include "usable_values.h"

namespace headscope {
namespace {

// One layer's keys and values, [G, capacity, d] each.
struct LayerCache {
  Buffer k, v;
};

// One token at a time through the whole model, by the same steps as a prefill's rows.
class Decoder {
 public:
  Decoder(const Run& run, int64_t capacity, Execution& work)
      : model_(run.model()), b_(model_.backend()), spec_(model_.spec()), capacity_(capacity), work_(work),
        projection_(model_, run.rows(), capacity, work.exec()), branches_(model_, 1) {
    heads_.q = Buffer(b_, spec_.heads * capacity * spec_.head_dim);
    residual_ = Buffer(b_, spec_.hidden_size);
    normed_ = Buffer(b_, spec_.hidden_size);
    attended_ = Buffer(b_, int64_t{spec_.heads} * spec_.head_dim);
    logits_ = Buffer(b_, spec_.vocab_size);
  }

  // What the prefill's attention read, to the bit.
  void fill(const Run& run, const Job& job) {
    Job quiet = job;
    quiet.progress = {};
    const int64_t rows = run.rows(), groups = spec_.kv_heads, d = spec_.head_dim;
    const HostFloats host = host_floats(groups * rows * d, "the keys of a layer");
    for (int32_t l = 0; l < spec_.layers; ++l) {
      const std::shared_ptr<Layer> layer = run.layer(l, quiet);
      LayerCache& cache = caches_.emplace_back(LayerCache{Buffer(b_, groups * capacity_ * d), Buffer(b_, groups * capacity_ * d)});
      const auto place = [&](Buffer& to) {
        for (int64_t g = 0; g < groups; ++g) to.upload(host.get() + g * rows * d, g * capacity_ * d, rows * d);
      };
      layer->copy_k(host.get());
      place(cache.k);
      layer->copy_v(host.get());
      place(cache.v);
    }
  }

  // The logits that follow `token` at `position`, whose predecessors are in the caches.
  void step(int32_t token, int64_t position, float* logits) {
    const hs_exec exec = work_.exec();
    check(b_, b_.embed(&exec, &model_.embedding(), &token, 1, residual_.data()));
    if (spec_.embedding_scale != 1) check(b_, b_.scale_cap(&exec, residual_.data(), residual_.count(), spec_.embedding_scale, 0));
    for (int32_t l = 0; l < spec_.layers; ++l) attend_and_mix(exec, l, position);
    check_usable(b_, exec, residual_.data(), residual_.count(), "The hidden states after the last layer");
    check(b_, b_.rms_norm(&exec, residual_.data(), 1, spec_.hidden_size, &model_.final_norm(), spec_.rms_norm_eps, normed_.data()));
    check(b_, b_.gemm(&exec, normed_.data(), spec_.hidden_size, 1, &model_.lm_head(), nullptr, 0, logits_.data(), spec_.vocab_size));
    check_usable(b_, exec, logits_.data(), spec_.vocab_size, "The logits");
    if (spec_.logit_scale != 1 || spec_.logit_cap > 0)
      check(b_, b_.scale_cap(&exec, logits_.data(), spec_.vocab_size, spec_.logit_scale, spec_.logit_cap));
    logits_.download(logits, 0, spec_.vocab_size);
  }

 private:
  void attend_and_mix(const hs_exec& exec, int32_t l, int64_t position) {
    LayerCache& cache = caches_[static_cast<size_t>(l)];
    // The queries of one row serve every layer in turn; keys and values are the layer's own.
    std::swap(heads_.k, cache.k);
    std::swap(heads_.v, cache.v);
    projection_.run(exec, l, residual_.data(), position, 1, heads_, times_);
    hs_row_attention a{};
    a.heads = heads_.view(model_, l, capacity_);
    a.row = position;
    a.out = attended_.data();
    check(b_, b_.attend_row(&exec, &a));
    std::swap(heads_.k, cache.k);
    std::swap(heads_.v, cache.v);
    branches_.run(exec, l, attended_.data(), residual_.data(), 1, times_);
  }

  const Model& model_;
  const headscope_backend_v1& b_;
  const ModelSpec& spec_;
  const int64_t capacity_;
  Execution& work_;
  Projection projection_;
  Branches branches_;
  LayerHeads heads_;
  std::vector<LayerCache> caches_;
  Buffer residual_, normed_, attended_, logits_;
  ProjectionTimes times_;
};

void check_request(const Run& run, const GenerationRequest& request) {
  const ModelSpec& spec = run.model().spec();
  if (request.max_new < 1) throw Error("INVALID_REQUEST", "Generating needs at least one new token.");
  if (run.rows() + request.max_new > INT32_MAX) throw Error("INVALID_REQUEST", "The prompt and the new tokens together pass 2^31 - 1.");
  for (const int32_t stop : request.stop_tokens)
    if (stop < 0 || stop >= spec.vocab_size)
      throw Error("TOKEN_OUT_OF_RANGE", "Stop token " + std::to_string(stop) + " is not in the model's vocabulary of " + std::to_string(spec.vocab_size) + ".");
  if (request.max_new > 1 && !run.model().backend().attend_row)
    throw Error("BACKEND_UNAVAILABLE", std::string("The ") + run.model().backend().name + " backend cannot decode; generate on the CPU.");
}

}  // namespace

int64_t generation_cache_bytes(const ModelSpec& spec, int64_t rows, int64_t max_new) {
  return 2 * int64_t{spec.layers} * spec.kv_heads * (rows + max_new) * spec.head_dim * static_cast<int64_t>(sizeof(float));
}

Generation generate(const Run& run, const GenerationRequest& request, const Job& job) {
  check_request(run, request);
  const ModelSpec& spec = run.model().spec();
  const auto argmax = [&](const float* logits) { return static_cast<int32_t>(std::max_element(logits, logits + spec.vocab_size) - logits); };
  const auto stops = [&](int32_t token) {
    return std::find(request.stop_tokens.begin(), request.stop_tokens.end(), token) != request.stop_tokens.end();
  };
  Generation made;
  const HostFloats logits = host_floats(spec.vocab_size, "a token's logits");
  Job quiet = job;
  quiet.progress = {};
  run.logits(run.rows() - 1, run.rows(), logits.get(), quiet);

  Execution work(job);
  // The last token of all is not fed back.
  Decoder decoder(run, run.rows() + request.max_new - 1, work);
  for (;;) {
    work.stop_if_cancelled();
    const int32_t token = argmax(logits.get());
    if (stops(token)) {
      made.stopped = true;
      return made;
    }
    made.tokens.push_back(token);
    const int64_t count = static_cast<int64_t>(made.tokens.size());
    work.say(static_cast<double>(count), request.max_new, "token " + std::to_string(count));
    if (count == request.max_new) return made;
    if (count == 1) timed(made.cache_ms, [&] { decoder.fill(run, job); });
    timed(made.decode_ms, [&] { decoder.step(token, run.rows() + count - 1, logits.get()); });
  }
}

}  // namespace headscope
