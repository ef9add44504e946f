#include "projection.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "execution.h"
#include "host_floats.h"
#include "usable_values.h"

namespace headscope {
namespace {

constexpr int64_t kAngleRows = 256;  // of a task that fills the cos and sin: about a millisecond

// Angles are products in float32, as transformers computes them: at long positions their rounding is part of the model.
struct Angles {
  const std::vector<float>& frequency;
  float scale;
  int64_t rows;
  HostFloats cos, sin;  // [N, d / 2]
  Angles(const ModelSpec& spec, int64_t n)
      : frequency(spec.inverse_frequencies), scale(spec.rope_scale), rows(n), cos(host_floats(n * (spec.head_dim / 2), "the rotary cos")),
        sin(host_floats(n * (spec.head_dim / 2), "the rotary sin")) {}

  void fill(int64_t task) {
    const int64_t half = static_cast<int64_t>(frequency.size()), end = std::min(rows, (task + 1) * kAngleRows);
    for (int64_t r = task * kAngleRows; r < end; ++r)
      for (int64_t i = 0; i < half; ++i) {
        const float angle = static_cast<float>(r) * frequency[static_cast<size_t>(i)];
        cos[static_cast<size_t>(r * half + i)] = std::cos(angle) * scale;
        sin[static_cast<size_t>(r * half + i)] = std::sin(angle) * scale;
      }
  }
};

}  // namespace

LayerHeads::LayerHeads(const Model& model, int64_t rows) {
  const ModelSpec& s = model.spec();
  const int64_t keys = s.kv_heads * rows * s.head_dim;
  q = Buffer(model.backend(), s.heads * rows * s.head_dim);
  k = Buffer(model.backend(), keys);
  v = Buffer(model.backend(), keys);
}

hs_heads LayerHeads::view(const Model& model, int64_t rows) const {
  const ModelSpec& s = model.spec();
  hs_heads h{};
  h.q = q.data();
  h.k = k.data();
  h.v = v.data();
  h.heads = s.heads;
  h.kv_heads = s.kv_heads;
  h.head_dim = s.head_dim;
  h.rows = rows;
  h.scale = model.score_scale();
  return h;
}

Projection::Projection(const Model& model, int64_t rows, const hs_exec& exec) : model_(model), rows_(rows) {
  const ModelSpec& s = model.spec();
  const int64_t chunk = std::min(rows, kChunkRows), angles = rows * (s.head_dim / 2);
  normed_ = Buffer(model.backend(), chunk * s.hidden_size);
  projected_ = Buffer(model.backend(), chunk * s.heads * s.head_dim);
  cos_ = Buffer(model.backend(), angles);
  sin_ = Buffer(model.backend(), angles);
  Angles turns(model.spec(), rows);
  exec.parallel(exec.pool, (rows + kAngleRows - 1) / kAngleRows, [](void* arg, int64_t task, int32_t) { static_cast<Angles*>(arg)->fill(task); }, &turns);
  cos_.upload(turns.cos.get(), 0, angles);
  sin_.upload(turns.sin.get(), 0, angles);
}

void Projection::run(const hs_exec& exec, int32_t layer, const float* x, int64_t first, int64_t count, LayerHeads& out, ProjectionTimes& times) {
  const headscope_backend_v1& b = model_.backend();
  const ModelSpec& s = model_.spec();
  const LayerWeights& w = model_.layer(layer);
  timed(times.other_ms, [&] {
    check(b, b.rms_norm(&exec, x, count, s.hidden_size, &w.input_norm, s.rms_norm_eps, normed_.data()));
  });
  const int64_t angles = first * (s.head_dim / 2);
  const auto project = [&](const char* name, const hs_weights& weights, const float* bias, int32_t heads, bool turned, const Buffer& to) {
    timed(times.linear_ms, [&] {
      check(b, b.gemm(&exec, normed_.data(), s.hidden_size, count, &weights, bias, 0, projected_.data(), weights.out));
    });
    timed(times.other_ms, [&] {
      check_usable(b, exec, projected_.data(), count * weights.out, "The " + std::string(name) + " of layer " + std::to_string(layer));
      check(b, b.split_heads(&exec, projected_.data(), weights.out, count, heads, s.head_dim, turned ? cos_.data() + angles : nullptr,
                             turned ? sin_.data() + angles : nullptr, to.data(), first, rows_));
    });
  };
  project("queries", w.q, w.q_bias, s.heads, true, out.q);
  project("keys", w.k, w.k_bias, s.kv_heads, true, out.k);
  project("values", w.v, w.v_bias, s.kv_heads, false, out.v);
}

}  // namespace headscope
