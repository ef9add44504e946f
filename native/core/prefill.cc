#include "prefill.h"

#include <algorithm>
#include <string>
#include <utility>

#include "branches.h"
#include "error.h"
#include "execution.h"
#include "mask_builder.h"
#include "pattern_check.h"
#include "projection.h"
#include "usable_values.h"

namespace headscope {
namespace {

constexpr int64_t kOverviewCells = kOverviewSide * kOverviewSide;

void check_request(const ModelSpec& spec, const PrefillRequest& request) {
  if (request.patterns.empty()) return;
  bool fits = static_cast<int64_t>(request.patterns.size()) == spec.layers;
  for (const auto& layer : request.patterns) fits = fits && static_cast<int64_t>(layer.size()) == spec.heads;
  if (!fits)
    throw Error("CONFIG_MISMATCH", "The patterns are not one for each of this model's " + std::to_string(spec.layers) + " layers of " +
                                       std::to_string(spec.heads) + " heads.");
  for (const auto& layer : request.patterns)
    for (const Pattern& pattern : layer) check_pattern(pattern);
}

// The state of one prefill, freed when it ends: what stays goes into RunData.
class Prefill {
 public:
  Prefill(const Model& model, const PrefillRequest& request, const Job& job)
      : model_(model), b_(model.backend()), spec_(model.spec()), request_(request), rows_(static_cast<int64_t>(request.tokens.size())),
        work_(job), projection_(model, rows_, work_.exec()), branches_(model, rows_), heads_(model, rows_) {
    residual_ = Buffer(b_, rows_ * spec_.hidden_size);
    attended_ = Buffer(b_, rows_ * spec_.heads * spec_.head_dim);
    if (request.keep_lse) {
      lse_ = Buffer(b_, spec_.heads * rows_);
      data_.lse = host_floats(spec_.layers * lse_.count(), "the log-sum-exp of every head");
    }
    if (request.keep_overviews) {
      sum_ = Buffer(b_, spec_.heads * kOverviewCells);
      max_ = Buffer(b_, spec_.heads * kOverviewCells);
      data_.overview_sum = host_floats(spec_.layers * sum_.count(), "the overviews of every head");
      data_.overview_max = host_floats(spec_.layers * max_.count(), "the overviews of every head");
    }
    plan_shares();
  }

  RunData run() {
    const hs_exec exec = work_.exec();
    check(b_, b_.embed(&exec, &model_.embedding(), request_.tokens.data(), rows_, residual_.data()));
    if (spec_.embedding_scale != 1) check(b_, b_.scale_cap(&exec, residual_.data(), residual_.count(), spec_.embedding_scale, 0));
    keep_input();
    for (int32_t l = 0; l < spec_.layers; ++l) {
      LayerTiming timing;
      project(l, timing);
      attend(l, timing);
      mix(l, timing);
      timed(timing.other_ms, [&] { keep_input(); });
      data_.timings.push_back(std::move(timing));
    }
    check_usable(b_, exec, residual_.data(), residual_.count(), "The hidden states after the last layer");
    if (!request_.keep_layer_inputs) data_.last_hidden = copy_residual();
    data_.tokens = request_.tokens;
    data_.total_ms = watch_.ms();
    return std::move(data_);
  }

 private:
  // Shares of a layer's time before and until the end of attention, by multiplications.
  void plan_shares() {
    const double n = static_cast<double>(rows_), width = static_cast<double>(spec_.heads) * spec_.head_dim;
    const double hidden = static_cast<double>(spec_.hidden_size);
    const double before = n * hidden * (width + 2.0 * spec_.kv_heads * spec_.head_dim), attention = n * n * width;
    const double after = n * hidden * (width + 3.0 * static_cast<double>(spec_.intermediate_size));
    const double all = before + attention + after;
    projected_share_ = before / all;
    attended_share_ = (before + attention) / all;
  }
  hs_exec part(int32_t layer, double from, double to) {
    return work_.part(layer + from, layer + to, spec_.layers, "layer " + std::to_string(layer + 1) + "/" + std::to_string(spec_.layers));
  }
  void say(int32_t layer, double share) { part(layer, share, share); }

  template <class Chunk>
  void for_chunks(Chunk&& chunk) {
    for (int64_t first = 0; first < rows_; first += kChunkRows) {
      work_.stop_if_cancelled();
      chunk(first, std::min(kChunkRows, rows_ - first));
    }
  }
  float* residual_at(int64_t row) { return residual_.data() + row * spec_.hidden_size; }

  HostFloats copy_residual() {
    const bool spilled = request_.keep_layer_inputs && !request_.spill_folder.empty();
    HostFloats copy = spilled ? file_floats(residual_.count(), request_.spill_folder, "a layer's input")
                              : host_floats(residual_.count(), "a layer's input");
    residual_.download(copy.get(), 0, residual_.count());
    release_pages(copy);
    return copy;
  }
  void keep_input() {
    if (request_.keep_layer_inputs) data_.layer_inputs.push_back(copy_residual());
  }

  void project(int32_t l, LayerTiming& timing) {
    const hs_exec exec = work_.exec();
    ProjectionTimes times;
    for_chunks([&](int64_t first, int64_t count) {
      say(l, projected_share_ * static_cast<double>(first) / static_cast<double>(rows_));
      projection_.run(exec, l, residual_at(first), first, count, heads_, times);
    });
    timing.linear_ms += times.linear_ms;
    timing.other_ms += times.other_ms;
  }

  // The masks of a layer's sparse heads; a dense head's is null.
  std::vector<std::unique_ptr<Mask>> masks(int32_t l, LayerTiming& timing) {
    std::vector<std::unique_ptr<Mask>> made(static_cast<size_t>(spec_.heads));
    if (request_.patterns.empty()) return made;
    const hs_heads heads = heads_.view(model_, l, rows_);
    const hs_exec exec = work_.exec();
    for (int32_t h = 0; h < spec_.heads; ++h) {
      const Pattern& pattern = request_.patterns[static_cast<size_t>(l)][static_cast<size_t>(h)];
      if (pattern.kind == PatternKind::dense) continue;
      work_.stop_if_cancelled();
      std::unique_ptr<Mask> mask = build_mask(b_, exec, heads, h, pattern, request_.compat);
      const double share = static_cast<double>(mask->executed_tiles()) / static_cast<double>(mask->causal_tiles());
      if (request_.dense_where_pays && share > kDensePaysAbove)
        timing.ran_dense.push_back(h);
      else
        made[static_cast<size_t>(h)] = std::move(mask);
    }
    return made;
  }

  void attend(int32_t l, LayerTiming& timing) {
    std::vector<std::unique_ptr<Mask>> made;
    timed(timing.index_ms, [&] { made = masks(l, timing); });
    std::vector<const hs_mask*> pointers;
    std::vector<uint8_t> dense;
    for (const auto& mask : made) {
      pointers.push_back(mask ? &mask->index : nullptr);
      dense.push_back(!mask);
    }
    std::vector<int64_t> executed(made.size());
    hs_attention a{};
    a.heads = heads_.view(model_, l, rows_);
    a.masks = pointers.data();
    a.out = attended_.data();
    a.lse = lse_.data();
    a.overview_sum = sum_.data();
    a.overview_max = max_.data();
    a.executed_tiles = executed.data();
    timed(timing.attention_ms, [&] {
      const hs_exec exec = part(l, projected_share_, attended_share_);
      check(b_, b_.attention(&exec, &a));
    });
    timing.executed_tiles.assign(executed.begin(), executed.end());
    timing.causal_tiles = static_cast<double>(dense_tiles_of(rows_, model_.kind(l).window));
    timed(timing.other_ms, [&] {
      if (lse_) lse_.download(data_.lse.get() + l * lse_.count(), 0, lse_.count());
      if (!sum_) return;
      sum_.download(data_.overview_sum.get() + l * sum_.count(), 0, sum_.count());
      max_.download(data_.overview_max.get() + l * max_.count(), 0, max_.count());
    });
    data_.lse_is_dense.push_back(std::move(dense));
  }

  void mix(int32_t l, LayerTiming& timing) {
    const int64_t width = int64_t{spec_.heads} * spec_.head_dim;
    const hs_exec exec = work_.exec();
    ProjectionTimes times;
    for_chunks([&](int64_t first, int64_t count) {
      say(l, attended_share_ + (1 - attended_share_) * static_cast<double>(first) / static_cast<double>(rows_));
      branches_.run(exec, l, attended_.data() + first * width, residual_at(first), count, times);
    });
    timing.linear_ms += times.linear_ms;
    timing.other_ms += times.other_ms;
  }

  const Stopwatch watch_;  // from before the buffers and the rotary tables are made
  const Model& model_;
  const headscope_backend_v1& b_;
  const ModelSpec& spec_;
  const PrefillRequest& request_;
  const int64_t rows_;
  Execution work_;
  Projection projection_;
  Branches branches_;
  LayerHeads heads_;
  Buffer residual_, attended_, lse_, sum_, max_;
  RunData data_;
  double projected_share_ = 0, attended_share_ = 1;
};

}  // namespace

std::shared_ptr<Run> prefill(std::shared_ptr<const Model> model, PrefillRequest request, const Job& job) {
  check_tokens(model->spec(), request.tokens);
  check_request(model->spec(), request);
  model->check_files();
  RunData data = Prefill(*model, request, job).run();
  return std::make_shared<Run>(std::move(model), std::move(data));
}

}  // namespace headscope
