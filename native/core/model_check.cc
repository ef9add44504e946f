#include "model_check.h"

#include <cmath>

#include "error.h"

namespace headscope {
namespace {

constexpr int64_t kLargestSize = 1 << 30;

void check_size(int64_t value, const char* name) {
  if (value < 1 || value > kLargestSize)
    throw Error("CHECKPOINT_INVALID", std::string(name) + " is " + std::to_string(value) + "; it must be from 1 to 2^30.");
}

void check_factor(float value, const char* name) {
  if (!std::isfinite(value) || value == 0) throw Error("CHECKPOINT_INVALID", std::string(name) + " must be a finite number other than 0.");
}

void check_cap(float value, const char* name) {
  if (!(value >= 0) || !std::isfinite(value)) throw Error("CHECKPOINT_INVALID", std::string(name) + " must be a number above 0, or absent.");
}

void check_layer(const ModelSpec& s, int32_t l) {
  const LayerKind& kind = s.kinds[static_cast<size_t>(l)];
  const LayerTensors& t = s.tensors[static_cast<size_t>(l)];
  const std::string where = " of layer " + std::to_string(l);
  if (kind.window < 0) throw Error("CHECKPOINT_INVALID", "The window" + where + " is " + std::to_string(kind.window) + "; it must be above 0, or absent.");
  if (kind.rotary < -1 || kind.rotary >= static_cast<int32_t>(s.rotaries.size()))
    throw Error("CHECKPOINT_INVALID", "The rotary table" + where + " is not one of the model's " + std::to_string(s.rotaries.size()) + ".");
  if (t.router.has_value() != !t.experts.empty()) throw Error("CHECKPOINT_INVALID", "The experts" + where + " come without a router, or it without them.");
  if (t.experts.empty()) return;
  if (!t.post_norm || t.mlp_out_norm)
    throw Error("UNSUPPORTED_ARCHITECTURE", "The experts" + where + " have no norm before them, or one after; this engine runs them after a norm only.");
  check_size(s.expert_size, "The intermediate size of an expert");
  if (s.experts_per_token < 1 || s.experts_per_token > static_cast<int64_t>(t.experts.size()))
    throw Error("CHECKPOINT_INVALID", "num_experts_per_tok is " + std::to_string(s.experts_per_token) + " for the " + std::to_string(t.experts.size()) +
                                          " experts" + where + ".");
}

}  // namespace

void check_spec(const ModelSpec& s) {
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
  if (!std::isfinite(s.norm_offset)) throw Error("CHECKPOINT_INVALID", "The offset of the norms must be a finite number.");
  check_factor(s.embedding_scale, "The factor of the embeddings");
  check_factor(s.residual_scale, "The factor of the residual branches");
  check_factor(s.score_scale, "The scale of the attention scores");
  check_factor(s.logit_scale, "The factor of the logits");
  check_cap(s.score_cap, "The soft cap of the attention scores");
  check_cap(s.logit_cap, "The soft cap of the logits");
  for (const RotaryTable& table : s.rotaries) check_rotary(table, s.head_dim);
  if (static_cast<int64_t>(s.tensors.size()) != s.layers)
    throw Error("CHECKPOINT_INVALID", "Tensors of " + std::to_string(s.tensors.size()) + " layers are given for num_hidden_layers " +
                                          std::to_string(s.layers) + ".");
  if (s.kinds.size() != s.tensors.size())
    throw Error("CHECKPOINT_INVALID", "There are " + std::to_string(s.kinds.size()) + " kinds of layers for num_hidden_layers " +
                                          std::to_string(s.layers) + ".");
  for (int32_t l = 0; l < s.layers; ++l) check_layer(s, l);
}

}  // namespace headscope
