#include "model.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "model_check.h"

namespace headscope {
namespace {

bool same_place(const TensorLocation& a, const TensorLocation& b) { return a.file == b.file && a.begin == b.begin; }

// A norm of q or k covers a head, or the projected width where the checkpoint says so.
int64_t head_norm_size(const TensorLocation& norm, int64_t head_dim, int64_t width) {
  return norm.shape.size() == 1 && norm.shape[0] == width ? width : head_dim;
}

}  // namespace

Model::Model(const headscope_backend_v1& backend, ModelSpec spec) : backend_(backend), spec_(std::move(spec)) {}

bool Model::too_large_to_stay() const {
  if (backend_.host_memory || !backend_.memory) return false;
  int64_t free_bytes = 0, total = 0;
  check(backend_, backend_.memory(&free_bytes, &total));
  return weights_.all > total / 2;
}

std::shared_ptr<const Model> Model::open(const headscope_backend_v1& backend, ModelSpec spec, const std::vector<std::string>& files, WeightPlacement placement) {
  check_spec(spec);
  const std::shared_ptr<Model> model(new Model(backend, std::move(spec)));
  for (const std::string& path : files) model->files_.emplace_back(path);
  const ModelSpec& s = model->spec_;
  Placed placed;
  model->embedding_ = model->place(s.embedding, {s.vocab_size, s.hidden_size}, placed);
  model->final_norm_ = model->place_norm(s.final_norm, s.hidden_size, placed);
  if (same_place(s.lm_head, s.embedding)) {
    locate(s.lm_head, {s.vocab_size, s.hidden_size}, model->files_);
    model->lm_head_ = model->embedding_;
  } else {
    model->lm_head_ = model->place(s.lm_head, {s.vocab_size, s.hidden_size}, placed);
  }
  model->weights_.all = model->weights_.outside_layers = placed.bytes;
  for (const LayerTensors& tensors : s.tensors) {
    Placed checked{false, 0, {}};
    model->place_layer(tensors, checked);
    model->weights_.all += checked.bytes;
    model->weights_.largest_layer = std::max(model->weights_.largest_layer, checked.bytes);
  }
  model->weights_.streamed = placement == WeightPlacement::streamed || (placement == WeightPlacement::automatic && model->too_large_to_stay());
  if (!model->weights_.streamed)
    for (const LayerTensors& tensors : s.tensors) model->layers_.push_back(model->place_layer(tensors, placed));
  model->owned_ = std::move(placed.owned);
  return model;
}

std::shared_ptr<const LayerWeights> Model::layer(int32_t l) const {
  if (!weights_.streamed) return {shared_from_this(), &layers_[static_cast<size_t>(l)]};
  const std::lock_guard lock(mutex_);
  if (streamed_layer_ != l) {
    streamed_layer_ = -1;
    streamed_weights_.reset();  // first, so that two layers need not fit unless somebody holds the other
    Placed placed;
    auto weights = std::make_shared<Streamed>();
    weights->weights = place_layer(spec_.tensors[static_cast<size_t>(l)], placed);
    weights->owned = std::move(placed.owned);
    streamed_weights_ = std::move(weights);
    streamed_layer_ = l;
  }
  return {streamed_weights_, &streamed_weights_->weights};
}

LayerWeights Model::place_layer(const LayerTensors& t, Placed& placed) const {
  const int64_t hidden = spec_.hidden_size, inner = spec_.intermediate_size;
  const int64_t queries = int64_t{spec_.heads} * spec_.head_dim, keys = int64_t{spec_.kv_heads} * spec_.head_dim;
  LayerWeights w{};
  w.q = place(t.q, {queries, hidden}, placed);
  w.k = place(t.k, {keys, hidden}, placed);
  w.v = place(t.v, {keys, hidden}, placed);
  w.o = place(t.o, {hidden, queries}, placed);
  const auto norm = [&](const std::optional<TensorLocation>& at) -> std::optional<hs_weights> {
    if (!at) return std::nullopt;
    return place_norm(*at, hidden, placed);
  };
  w.input_norm = norm(t.input_norm);
  w.attention_out_norm = norm(t.attention_out_norm);
  w.post_norm = norm(t.post_norm);
  w.mlp_out_norm = norm(t.mlp_out_norm);
  if (t.q_norm) w.q_norm = place_norm(*t.q_norm, head_norm_size(*t.q_norm, spec_.head_dim, queries), placed);
  if (t.k_norm) w.k_norm = place_norm(*t.k_norm, head_norm_size(*t.k_norm, spec_.head_dim, keys), placed);
  const auto bias = [&](const std::optional<TensorLocation>& at, int64_t size) { return at ? place_widened(*at, size, 0, placed) : nullptr; };
  w.q_bias = bias(t.q_bias, queries);
  w.k_bias = bias(t.k_bias, keys);
  w.v_bias = bias(t.v_bias, keys);
  w.o_bias = bias(t.o_bias, hidden);
  if (t.experts.empty()) {
    w.gate = place(t.gate, {inner, hidden}, placed);
    w.up = place(t.up, {inner, hidden}, placed);
    w.down = place(t.down, {hidden, inner}, placed);
    w.gate_bias = bias(t.gate_bias, inner);
    w.up_bias = bias(t.up_bias, inner);
    w.down_bias = bias(t.down_bias, hidden);
    return w;
  }
  w.router = place(*t.router, {static_cast<int64_t>(t.experts.size()), hidden}, placed);
  for (const ExpertTensors& expert : t.experts)
    w.experts.push_back({place(expert.gate, {spec_.expert_size, hidden}, placed), place(expert.up, {spec_.expert_size, hidden}, placed),
                         place(expert.down, {hidden, spec_.expert_size}, placed)});
  return w;
}

hs_weights Model::place(const TensorLocation& tensor, const std::vector<int64_t>& shape, Placed& placed) const {
  hs_weights w = locate(tensor, shape, files_);
  const int64_t bytes = tensor.end - tensor.begin;
  placed.bytes += bytes;
  if (backend_.host_memory || !placed.on_backend) return w;
  Buffer copy(backend_, (bytes + 3) / 4);
  check(backend_, backend_.upload(copy.data(), w.data, bytes));
  w.data = copy.data();
  placed.owned.push_back(std::move(copy));
  return w;
}

hs_weights Model::place_norm(const TensorLocation& tensor, int64_t size, Placed& placed) const {
  if (spec_.norm_offset == 0) return place(tensor, {size}, placed);
  hs_weights w{};
  w.data = place_widened(tensor, size, spec_.norm_offset, placed);
  w.dtype = HS_F32;
  w.out = size;
  w.in = 1;
  return w;
}

const float* Model::place_widened(const TensorLocation& tensor, int64_t size, float offset, Placed& placed) const {
  const hs_weights w = locate(tensor, {size}, files_);
  placed.bytes += tensor.end - tensor.begin;
  if (!placed.on_backend) return nullptr;
  std::vector<float> wide(static_cast<size_t>(size));
  widen(w, wide.data());
  for (float& x : wide) x += offset;
  Buffer copy(backend_, size);
  copy.upload(wide.data(), 0, size);
  placed.owned.push_back(std::move(copy));
  return placed.owned.back().data();
}

void Model::check_files() const {
  for (const MappedFile& file : files_) file.check_size();
}

}  // namespace headscope
