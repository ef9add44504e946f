#include "branches.h"

#include <algorithm>
#include <string>

#include "execution.h"
#include "expert_choice.h"
#include "usable_values.h"

namespace headscope {
namespace {

bool goes_through_branch(const ModelSpec& s) {
  bool normed = s.residual_scale != 1;
  for (const LayerTensors& t : s.tensors) normed = normed || t.attention_out_norm || t.mlp_out_norm;
  return normed;
}

int64_t most_experts(const ModelSpec& s) {
  size_t most = 0;
  for (const LayerTensors& t : s.tensors) most = std::max(most, t.experts.size());
  return static_cast<int64_t>(most);
}

int64_t widest_mlp(const ModelSpec& s) { return std::max(s.intermediate_size, s.expert_size); }

}  // namespace

int64_t Branches::scratch_floats(const ModelSpec& s, int64_t chunk) {
  const int64_t experts = most_experts(s);
  const int64_t hidden_buffers = 1 + (goes_through_branch(s) ? 1 : 0) + (experts ? 2 : 0);
  return chunk * (hidden_buffers * s.hidden_size + 2 * widest_mlp(s) + 2 * experts);
}

Branches::Branches(const Model& model, int64_t rows) : model_(model) {
  const headscope_backend_v1& b = model.backend();
  const ModelSpec& s = model.spec();
  const int64_t chunk = std::min(rows, kChunkRows), experts = most_experts(s);
  normed_ = Buffer(b, chunk * s.hidden_size);
  gate_ = Buffer(b, chunk * widest_mlp(s));
  up_ = Buffer(b, chunk * widest_mlp(s));
  if (goes_through_branch(s)) branch_ = Buffer(b, chunk * s.hidden_size);
  if (!experts) return;
  taken_ = Buffer(b, chunk * s.hidden_size);
  given_ = Buffer(b, chunk * s.hidden_size);
  routes_ = Buffer(b, chunk * experts);
  logits_.resize(static_cast<size_t>(chunk * experts));
}

void Branches::run(const hs_exec& exec, int32_t layer, const float* attended, float* residual, int64_t count, ProjectionTimes& times) {
  const headscope_backend_v1& b = model_.backend();
  const ModelSpec& s = model_.spec();
  const std::shared_ptr<const LayerWeights> held = model_.layer(layer);
  const LayerWeights& w = *held;
  const int64_t hidden = s.hidden_size, width = int64_t{s.heads} * s.head_dim;
  // Where nothing happens to a branch on its way, the products are summed into the residual at once.
  const auto direct = [&](const std::optional<hs_weights>& norm) { return !norm && s.residual_scale == 1; };

  const bool attention_direct = direct(w.attention_out_norm);
  timed(times.linear_ms, [&] {
    check(b, b.gemm(&exec, attended, width, count, &w.o, w.o_bias, attention_direct, attention_direct ? residual : branch_.data(), hidden));
  });
  if (!attention_direct) join(exec, w.attention_out_norm, residual, count, times);

  const float* x = residual;
  if (w.post_norm) {
    timed(times.other_ms, [&] { check(b, b.rms_norm(&exec, residual, count, hidden, &*w.post_norm, s.rms_norm_eps, normed_.data())); });
    x = normed_.data();
  }
  const bool mlp_direct = direct(w.mlp_out_norm);
  if (w.router) {
    experts(exec, layer, x, count, residual, times);
    return;
  }
  const Gated mlp{w.gate, w.up, w.down, w.gate_bias, w.up_bias, w.down_bias};
  gated(exec, mlp, x, count, mlp_direct, mlp_direct ? residual : branch_.data(), times);
  if (!mlp_direct) join(exec, w.mlp_out_norm, residual, count, times);
}

void Branches::gated(const hs_exec& exec, const Gated& mlp, const float* x, int64_t count, int add, float* out, ProjectionTimes& times) {
  const headscope_backend_v1& b = model_.backend();
  const int64_t hidden = model_.spec().hidden_size, inner = mlp.gate.out;
  timed(times.linear_ms, [&] {
    check(b, b.gemm(&exec, x, hidden, count, &mlp.gate, mlp.gate_bias, 0, gate_.data(), inner));
    check(b, b.gemm(&exec, x, hidden, count, &mlp.up, mlp.up_bias, 0, up_.data(), inner));
  });
  timed(times.other_ms, [&] {
    const auto activate = model_.spec().activation == Activation::silu ? b.gated_silu : b.gated_gelu;
    check(b, activate(&exec, gate_.data(), up_.data(), count, inner, inner));
  });
  timed(times.linear_ms, [&] { check(b, b.gemm(&exec, gate_.data(), inner, count, &mlp.down, mlp.down_bias, add, out, hidden)); });
}

void Branches::join(const hs_exec& exec, const std::optional<hs_weights>& norm, float* residual, int64_t count, ProjectionTimes& times) {
  const headscope_backend_v1& b = model_.backend();
  const ModelSpec& s = model_.spec();
  timed(times.other_ms, [&] {
    if (norm) check(b, b.rms_norm(&exec, branch_.data(), count, s.hidden_size, &*norm, s.rms_norm_eps, branch_.data()));
    check(b, b.add_rows(&exec, branch_.data(), count, s.hidden_size, nullptr, nullptr, s.residual_scale, residual));
  });
}

void Branches::experts(const hs_exec& exec, int32_t layer, const float* x, int64_t count, float* residual, ProjectionTimes& times) {
  const headscope_backend_v1& b = model_.backend();
  const ModelSpec& s = model_.spec();
  const std::shared_ptr<const LayerWeights> held = model_.layer(layer);
  const LayerWeights& w = *held;
  const int64_t hidden = s.hidden_size, all = w.router->out;
  timed(times.linear_ms, [&] { check(b, b.gemm(&exec, x, hidden, count, &*w.router, nullptr, 0, routes_.data(), all)); });
  std::vector<ExpertRows> chosen;
  timed(times.other_ms, [&] {
    check_usable(b, exec, routes_.data(), count * all, "The router's logits of layer " + std::to_string(layer));
    routes_.download(logits_.data(), 0, count * all);
    chosen = choose_experts(logits_.data(), count, all, s.experts_per_token, s.normalise_experts);
  });
  const hs_weights rows_of_x{x, HS_F32, count, hidden};
  for (int64_t e = 0; e < all; ++e) {
    const ExpertRows& rows = chosen[static_cast<size_t>(e)];
    const int64_t taken = static_cast<int64_t>(rows.ids.size());
    if (taken == 0) continue;
    timed(times.other_ms, [&] { check(b, b.embed(&exec, &rows_of_x, rows.ids.data(), taken, taken_.data())); });
    const ExpertWeights& expert = w.experts[static_cast<size_t>(e)];
    gated(exec, {expert.gate, expert.up, expert.down, nullptr, nullptr, nullptr}, taken_.data(), taken, 0, given_.data(), times);
    timed(times.other_ms, [&] { check(b, b.add_rows(&exec, given_.data(), taken, hidden, rows.ids.data(), rows.weights.data(), s.residual_scale, residual)); });
  }
}

}  // namespace headscope
