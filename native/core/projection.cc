#include "projection.h"

#include <algorithm>
#include <string>

#include "execution.h"
#include "usable_values.h"

namespace headscope {
namespace {

hs_weights rows_of(const hs_weights& w, int64_t first, int64_t count) {
  const int64_t size = w.dtype == HS_F32 ? 4 : 2;
  return {static_cast<const char*>(w.data) + first * w.in * size, w.dtype, count, w.in};
}

}  // namespace

bool heads_part(const ModelSpec& spec) {
  for (const LayerTensors& t : spec.tensors)
    for (const auto* norm : {&t.q_norm, &t.k_norm})
      if (*norm && ((*norm)->shape.size() != 1 || (*norm)->shape[0] != spec.head_dim)) return false;
  return true;
}

LayerHeads::LayerHeads(const Model& model, int64_t rows, int32_t of) : parts(of) {
  const ModelSpec& s = model.spec();
  const int64_t keys = s.kv_heads / parts * rows * s.head_dim;
  q = Buffer(model.backend(), s.heads / parts * rows * s.head_dim);
  k = Buffer(model.backend(), keys);
  v = Buffer(model.backend(), keys);
}

hs_heads LayerHeads::view(const Model& model, int32_t layer, int64_t rows) const {
  const ModelSpec& s = model.spec();
  hs_heads h{};
  h.q = q.data();
  h.k = k.data();
  h.v = v.data();
  h.heads = s.heads / parts;
  h.kv_heads = s.kv_heads / parts;
  h.head_dim = s.head_dim;
  h.rows = rows;
  h.scale = s.score_scale;
  h.cap = s.score_cap;
  h.window = model.kind(layer).window;
  return h;
}

Projection::Projection(const Model& model, int64_t prompt_rows, int64_t rows, const hs_exec& exec) : model_(model), rows_(rows) {
  const ModelSpec& s = model.spec();
  const int64_t chunk = std::min(rows, kChunkRows);
  normed_ = Buffer(model.backend(), chunk * s.hidden_size);
  projected_ = Buffer(model.backend(), chunk * s.heads * s.head_dim);
  for (const RotaryTable& table : s.rotaries) rotations_.emplace_back(model.backend(), table, prompt_rows, rows, exec);
}

void Projection::run(const hs_exec& exec, int32_t layer, const float* x, int64_t first, int64_t count, LayerHeads& out, ProjectionTimes& times, int32_t part) {
  const headscope_backend_v1& b = model_.backend();
  const ModelSpec& s = model_.spec();
  const std::shared_ptr<const LayerWeights> held = model_.layer(layer);
  const LayerWeights& w = *held;
  if (w.input_norm) {
    timed(times.other_ms, [&] {
      check(b, b.rms_norm(&exec, x, count, s.hidden_size, &*w.input_norm, s.rms_norm_eps, normed_.data()));
    });
    x = normed_.data();
  }
  const int32_t table = model_.kind(layer).rotary;
  const auto project = [&](const char* name, const hs_weights& all, const float* bias, const std::optional<hs_weights>& norm, int32_t heads,
                           bool turned, const Buffer& to) {
    heads /= out.parts;
    const int64_t width = int64_t{heads} * s.head_dim;
    const hs_weights weights = rows_of(all, part * width, width);
    if (bias) bias += part * width;
    timed(times.linear_ms, [&] { check(b, b.gemm(&exec, x, s.hidden_size, count, &weights, bias, 0, projected_.data(), weights.out)); });
    timed(times.other_ms, [&] {
      check_usable(b, exec, projected_.data(), count * weights.out, "The " + std::string(name) + " of layer " + std::to_string(layer));
      // A norm of head_dim elements takes every head for a row of its own.
      if (norm) check(b, b.rms_norm(&exec, projected_.data(), count * weights.out / norm->out, norm->out, &*norm, s.rms_norm_eps, projected_.data()));
      hs_rotation rotation{};
      if (turned) rotation = rotations_[static_cast<size_t>(table)].from(first);
      check(b, b.split_heads(&exec, projected_.data(), weights.out, count, heads, s.head_dim, turned ? &rotation : nullptr, to.data(), first, rows_));
    });
  };
  project("queries", w.q, w.q_bias, w.q_norm, s.heads, table >= 0, out.q);
  project("keys", w.k, w.k_bias, w.k_norm, s.kv_heads, table >= 0, out.k);
  project("values", w.v, w.v_bias, std::nullopt, s.kv_heads, false, out.v);
}

}  // namespace headscope
