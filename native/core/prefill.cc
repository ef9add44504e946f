#include "prefill.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "branches.h"
#include "break_even.h"
#include "error.h"
#include "execution.h"
#include "mask_builder.h"
#include "memory_plan.h"
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
        parts_(head_parts_for(model, rows_, request)), part_heads_(spec_.heads / parts_), work_(job), projection_(model, rows_, work_.exec()), branches_(model, rows_),
        heads_(model, rows_, parts_) {
    residual_ = Buffer(b_, rows_ * spec_.hidden_size);
    attended_ = Buffer(b_, rows_ * spec_.heads * spec_.head_dim);
    if (request.keep_lse) {
      lse_ = Buffer(b_, part_heads_ * rows_);
      data_.lse = host_floats(int64_t{spec_.layers} * spec_.heads * rows_, "the log-sum-exp of every head");
    }
    if (request.keep_overviews) {
      sum_ = Buffer(b_, part_heads_ * kOverviewCells);
      max_ = Buffer(b_, part_heads_ * kOverviewCells);
      data_.overview_sum = host_floats(int64_t{spec_.layers} * spec_.heads * kOverviewCells, "the overviews of every head");
      data_.overview_max = host_floats(int64_t{spec_.layers} * spec_.heads * kOverviewCells, "the overviews of every head");
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
      std::vector<uint8_t> dense;
      for (int32_t part = 0; part < parts_; ++part) {
        project(l, part, timing);
        attend(l, part, timing, dense);
      }
      data_.lse_is_dense.push_back(std::move(dense));
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
  hs_exec share_of(int32_t layer, double from, double to) {
    return work_.part(layer + from, layer + to, spec_.layers, "layer " + std::to_string(layer + 1) + "/" + std::to_string(spec_.layers));
  }
  void say(int32_t layer, double share) { share_of(layer, share, share); }

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

  // The share of a layer that is done when a share of one part's projection, or of its attention, is.
  double before_part(int32_t part) const { return attended_share_ * part / parts_; }

  void project(int32_t l, int32_t part, LayerTiming& timing) {
    const hs_exec exec = work_.exec();
    ProjectionTimes times;
    for_chunks([&](int64_t first, int64_t count) {
      say(l, before_part(part) + projected_share_ / parts_ * static_cast<double>(first) / static_cast<double>(rows_));
      projection_.run(exec, l, residual_at(first), first, count, heads_, times, part);
    });
    timing.linear_ms += times.linear_ms;
    timing.other_ms += times.other_ms;
  }

  // The masks of the part's sparse heads; a dense head's is null.
  std::vector<std::unique_ptr<Mask>> masks(int32_t l, int32_t part, LayerTiming& timing) {
    std::vector<std::unique_ptr<Mask>> made(static_cast<size_t>(part_heads_));
    if (request_.patterns.empty()) return made;
    // On the processor an index is a hundredth of dense attention at the lengths that matter, and what runs there shall not hang on times.
    if (request_.dense_where_pays && !b_.host_memory && break_even_.dense_pays(static_cast<double>(dense_tiles_of(rows_, model_.kind(l).window)))) {
      for (int32_t h = part * part_heads_; h < (part + 1) * part_heads_; ++h)
        if (request_.patterns[static_cast<size_t>(l)][static_cast<size_t>(h)].kind != PatternKind::dense) timing.ran_dense.push_back(h);
      return made;
    }
    const auto first = request_.patterns[static_cast<size_t>(l)].begin() + part * part_heads_;
    made = build_masks(b_, work_.exec(), heads_.view(model_, l, rows_), {first, first + part_heads_}, request_.compat);
    for (int32_t h = 0; h < part_heads_; ++h) {
      std::unique_ptr<Mask>& mask = made[static_cast<size_t>(h)];
      if (!mask || !request_.dense_where_pays) continue;
      const double share = static_cast<double>(mask->executed_tiles()) / static_cast<double>(mask->causal_tiles());
      if (share <= kDensePaysAbove) continue;
      timing.ran_dense.push_back(part * part_heads_ + h);
      mask.reset();
    }
    return made;
  }

  void attend(int32_t l, int32_t part, LayerTiming& timing, std::vector<uint8_t>& dense) {
    std::vector<std::unique_ptr<Mask>> made;
    double index_ms = 0, attention_ms = 0;
    timed(index_ms, [&] { made = masks(l, part, timing); });
    timing.index_ms += index_ms;
    const auto indexed = std::count_if(made.begin(), made.end(), [](const auto& mask) { return mask != nullptr; });
    std::vector<const hs_mask*> pointers;
    for (const auto& mask : made) {
      pointers.push_back(mask ? &mask->index : nullptr);
      dense.push_back(!mask);
    }
    std::vector<int64_t> executed(made.size());
    hs_attention a{};
    a.heads = heads_.view(model_, l, rows_);
    a.masks = pointers.data();
    a.out = attended_.data() + int64_t{part} * part_heads_ * spec_.head_dim;
    a.out_stride = int64_t{spec_.heads} * spec_.head_dim;
    a.lse = lse_.data();
    a.overview_sum = sum_.data();
    a.overview_max = max_.data();
    a.executed_tiles = executed.data();
    timed(attention_ms, [&] {
      const hs_exec exec = share_of(l, before_part(part) + projected_share_ / parts_, before_part(part + 1));
      check(b_, b_.attention(&exec, &a));
    });
    timing.attention_ms += attention_ms;
    break_even_.add(indexed, index_ms, static_cast<double>(std::accumulate(executed.begin(), executed.end(), int64_t{0})), attention_ms);
    timing.executed_tiles.insert(timing.executed_tiles.end(), executed.begin(), executed.end());
    timing.causal_tiles = static_cast<double>(dense_tiles_of(rows_, model_.kind(l).window));
    timed(timing.other_ms, [&] {
      const int64_t at = int64_t{l} * parts_ + part;
      if (lse_) lse_.download(data_.lse.get() + at * lse_.count(), 0, lse_.count());
      if (!sum_) return;
      sum_.download(data_.overview_sum.get() + at * sum_.count(), 0, sum_.count());
      max_.download(data_.overview_max.get() + at * max_.count(), 0, max_.count());
    });
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
  const int32_t parts_, part_heads_;
  Execution work_;
  Projection projection_;
  Branches branches_;
  LayerHeads heads_;
  Buffer residual_, attended_, lse_, sum_, max_;
  RunData data_;
  BreakEven break_even_;
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
