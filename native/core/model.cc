#include "model.h"

#include <cmath>
#include <utility>

#include "error.h"

namespace headscope {
namespace {

constexpr int64_t kLargestSize = 1 << 30;

void check_size(int64_t value, const char* name) {
  if (value < 1 || value > kLargestSize)
    throw Error("CHECKPOINT_INVALID", std::string(name) + " is " + std::to_string(value) + "; it must be from 1 to 2^30.");
}

void check_sizes(const ModelSpec& s) {
  check_size(s.hidden_size, "hidden_size");
  check_size(s.intermediate_size, "intermediate_size");
  check_size(s.layers, "num_hidden_layers");
  check_size(s.heads, "num_attention_heads");
  check_size(s.kv_heads, "num_key_value_heads");
  check_size(s.head_dim, "head_dim");
  check_size(s.vocab_size, "vocab_size");
  if (s.heads % s.kv_heads)
    throw Error("CHECKPOINT_INVALID", "num_attention_heads (" + std::to_string(s.heads) + ") is not a multiple of num_key_value_heads (" +
                                          std::to_string(s.kv_heads) + ").");
  if (s.head_dim % HEADSCOPE_HEAD_DIM_STEP || s.head_dim > HEADSCOPE_HEAD_DIM_MAX)
    throw Error("UNSUPPORTED_ARCHITECTURE", "head_dim is " + std::to_string(s.head_dim) + "; this engine runs multiples of 8 up to 256.");
  if (!(s.rms_norm_eps >= 0) || !std::isfinite(s.rms_norm_eps))
    throw Error("CHECKPOINT_INVALID", "rms_norm_eps must be a number of 0 or more.");
  if (!std::isfinite(s.rope_scale)) throw Error("CHECKPOINT_INVALID", "The factor of the rotary cos and sin is not a finite number.");
  if (static_cast<int64_t>(s.inverse_frequencies.size()) != s.head_dim / 2)
    throw Error("CHECKPOINT_INVALID", "There are " + std::to_string(s.inverse_frequencies.size()) + " rotation frequencies; head_dim needs " +
                                          std::to_string(s.head_dim / 2) + ".");
  for (const float f : s.inverse_frequencies)
    if (!std::isfinite(f)) throw Error("CHECKPOINT_INVALID", "A rotation frequency is not a finite number; check rope_theta and rope_scaling.");
  if (static_cast<int64_t>(s.tensors.size()) != s.layers)
    throw Error("CHECKPOINT_INVALID", "Tensors of " + std::to_string(s.tensors.size()) + " layers are given for num_hidden_layers " +
                                          std::to_string(s.layers) + ".");
}

bool same_place(const TensorLocation& a, const TensorLocation& b) { return a.file == b.file && a.begin == b.begin; }

}  // namespace

Model::Model(const headscope_backend_v1& backend, ModelSpec spec) : backend_(backend), spec_(std::move(spec)) {}

std::shared_ptr<const Model> Model::open(const headscope_backend_v1& backend, ModelSpec spec, const std::vector<std::string>& files) {
  check_sizes(spec);
  const std::shared_ptr<Model> model(new Model(backend, std::move(spec)));
  for (const std::string& path : files) model->files_.emplace_back(path);
  const ModelSpec& s = model->spec_;
  const int64_t hidden = s.hidden_size, inner = s.intermediate_size;
  const int64_t queries = int64_t{s.heads} * s.head_dim, keys = int64_t{s.kv_heads} * s.head_dim;

  model->embedding_ = model->place(s.embedding, {s.vocab_size, hidden});
  model->final_norm_ = model->place(s.final_norm, {hidden});
  if (same_place(s.lm_head, s.embedding)) {
    locate(s.lm_head, {s.vocab_size, hidden}, model->files_);
    model->lm_head_ = model->embedding_;
  } else {
    model->lm_head_ = model->place(s.lm_head, {s.vocab_size, hidden});
  }
  for (int32_t l = 0; l < s.layers; ++l) {
    const LayerTensors& t = s.tensors[static_cast<size_t>(l)];
    LayerWeights w{};
    w.q = model->place(t.q, {queries, hidden});
    w.k = model->place(t.k, {keys, hidden});
    w.v = model->place(t.v, {keys, hidden});
    w.o = model->place(t.o, {hidden, queries});
    w.gate = model->place(t.gate, {inner, hidden});
    w.up = model->place(t.up, {inner, hidden});
    w.down = model->place(t.down, {hidden, inner});
    w.input_norm = model->place(t.input_norm, {hidden});
    w.post_norm = model->place(t.post_norm, {hidden});
    w.q_bias = model->place_bias(t.q_bias, queries, s.attention_bias, "q", l);
    w.k_bias = model->place_bias(t.k_bias, keys, s.attention_bias, "k", l);
    w.v_bias = model->place_bias(t.v_bias, keys, s.attention_bias, "v", l);
    w.o_bias = model->place_bias(t.o_bias, hidden, s.attention_bias, "o", l);
    w.gate_bias = model->place_bias(t.gate_bias, inner, s.mlp_bias, "gate", l);
    w.up_bias = model->place_bias(t.up_bias, inner, s.mlp_bias, "up", l);
    w.down_bias = model->place_bias(t.down_bias, hidden, s.mlp_bias, "down", l);
    model->layers_.push_back(w);
  }
  return model;
}

hs_weights Model::place(const TensorLocation& tensor, const std::vector<int64_t>& shape) {
  hs_weights w = locate(tensor, shape, files_);
  const int64_t bytes = tensor.end - tensor.begin;
  weight_bytes_ += bytes;
  if (backend_.host_memory) return w;
  Buffer copy(backend_, (bytes + 3) / 4);
  check(backend_, backend_.upload(copy.data(), w.data, bytes));
  w.data = copy.data();
  owned_.push_back(std::move(copy));
  return w;
}

const float* Model::place_bias(const std::optional<TensorLocation>& tensor, int64_t size, bool expected, const char* role, int32_t layer) {
  if (!expected) return nullptr;
  if (!tensor)
    throw Error("CHECKPOINT_INVALID", "config.json promises a bias for " + std::string(role) + " of layer " + std::to_string(layer) +
                                          ", but the checkpoint has no such tensor.");
  const hs_weights w = locate(*tensor, {size}, files_);
  weight_bytes_ += tensor->end - tensor->begin;
  std::vector<float> wide(static_cast<size_t>(size));
  widen(w, wide.data());
  Buffer copy(backend_, size);
  copy.upload(wide.data(), 0, size);
  owned_.push_back(std::move(copy));
  return owned_.back().data();
}

float Model::score_scale() const { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(spec_.head_dim))); }

void Model::check_files() const {
  for (const MappedFile& file : files_) file.check_size();
}

}  // namespace headscope
