#include "model_spec_value.h"

#include <limits>

#include "native/core/error.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kLargestSize = std::numeric_limits<int32_t>::max();
constexpr int64_t kLargestOffset = int64_t{1} << 53;
constexpr uint32_t kMostDimensions = 8;
constexpr uint32_t kMostExperts = 4096;
constexpr uint32_t kMostRotaries = 64;

hs_dtype dtype(const Napi::Value& value, Name name) {
  const std::string type = text(value, name);
  if (type == "f32") return HS_F32;
  if (type == "f16") return HS_F16;
  if (type == "bf16") return HS_BF16;
  throw Error("INVALID_REQUEST", name + " must be f32, f16 or bf16.");
}

TensorLocation tensor(const Napi::Value& value, Name name) {
  const Napi::Object object = addon::object(value, name);
  TensorLocation t;
  t.name = text(object.Get("name"), name + ".name");
  t.dtype = dtype(object.Get("dtype"), name + ".dtype");
  const Napi::Array shape = list(object.Get("shape"), name + ".shape");
  if (shape.Length() > kMostDimensions) throw Error("INVALID_REQUEST", name + ".shape has more than 8 dimensions.");
  for (uint32_t i = 0; i < shape.Length(); ++i) t.shape.push_back(integer(shape.Get(i), name + ".shape", 0, kLargestOffset));
  t.file = integer(object.Get("file"), name + ".file", 0, kLargestSize);
  t.begin = integer(object.Get("begin"), name + ".begin", 0, kLargestOffset);
  t.end = integer(object.Get("end"), name + ".end", 0, kLargestOffset);
  return t;
}

std::vector<ExpertTensors> expert_tensors(const Napi::Value& value, Name name) {
  const Napi::Array all = list(value, name);
  if (all.Length() < 1 || all.Length() > kMostExperts)
    throw Error("INVALID_REQUEST", name + " has " + std::to_string(all.Length()) + " entries; a layer has 1 to " + std::to_string(kMostExperts) + " experts.");
  std::vector<ExpertTensors> experts;
  for (uint32_t e = 0; e < all.Length(); ++e) {
    const std::string one = name + "[" + std::to_string(e) + "]";
    const Napi::Object object = addon::object(all.Get(e), one);
    experts.push_back({tensor(object.Get("gate"), one + ".gate"), tensor(object.Get("up"), one + ".up"), tensor(object.Get("down"), one + ".down")});
  }
  return experts;
}

LayerTensors layer_tensors(const Napi::Value& value, Name name) {
  const Napi::Object object = addon::object(value, name);
  const auto needed = [&](const char* role) { return tensor(object.Get(role), name + "." + role); };
  const Napi::Value experts = object.Get("experts");
  const auto optional = [&](const char* role) -> std::optional<TensorLocation> {
    const Napi::Value found = object.Get(role);
    if (absent(found)) return std::nullopt;
    return tensor(found, name + "." + role);
  };
  LayerTensors t;
  t.q = needed("q");
  t.k = needed("k");
  t.v = needed("v");
  t.o = needed("o");
  if (absent(experts)) {
    t.gate = needed("gate");
    t.up = needed("up");
    t.down = needed("down");
  } else {
    t.router = needed("router");
    t.experts = expert_tensors(experts, name + ".experts");
  }
  t.input_norm = optional("inputNorm");
  t.q_norm = optional("qNorm");
  t.k_norm = optional("kNorm");
  t.attention_out_norm = optional("attentionOutNorm");
  t.post_norm = optional("postNorm");
  t.mlp_out_norm = optional("mlpOutNorm");
  t.q_bias = optional("qBias");
  t.k_bias = optional("kBias");
  t.v_bias = optional("vBias");
  t.o_bias = optional("oBias");
  t.gate_bias = optional("gateBias");
  t.up_bias = optional("upBias");
  t.down_bias = optional("downBias");
  return t;
}

RotaryTable rotary(const Napi::Value& value, Name name) {
  const Napi::Object object = addon::object(value, name);
  RotaryTable table;
  table.frequencies = copied<float>(object.Get("frequencies"), name + ".frequencies");
  table.scale = static_cast<float>(number(object.Get("scale"), name + ".scale"));
  table.interleaved = boolean(object.Get("interleaved"), name + ".interleaved");
  const Napi::Value longer = object.Get("longer"), dynamic = object.Get("dynamic");
  if (!absent(longer)) {
    const Napi::Object from = addon::object(longer, name + ".longer");
    table.long_above = integer(from.Get("above"), name + ".longer.above", 1, kLargestSize);
    table.long_frequencies = copied<float>(from.Get("frequencies"), name + ".longer.frequencies");
  }
  if (!absent(dynamic)) {
    const Napi::Object from = addon::object(dynamic, name + ".dynamic");
    table.dynamic_above = integer(from.Get("above"), name + ".dynamic.above", 1, kLargestSize);
    table.dynamic_factor = static_cast<float>(number(from.Get("factor"), name + ".dynamic.factor"));
    table.theta = static_cast<float>(number(from.Get("theta"), name + ".dynamic.theta"));
  }
  return table;
}

LayerKind layer_kind(const Napi::Value& value, Name name) {
  const Napi::Object object = addon::object(value, name);
  LayerKind kind;
  kind.rotary = static_cast<int32_t>(integer(object.Get("rotary"), name + ".rotary", -1, kMostRotaries));
  kind.window = integer(object.Get("window"), name + ".window", 0, kLargestSize);
  return kind;
}

Activation activation(const Napi::Value& value) {
  const std::string name = text(value, "spec.activation");
  if (name == "silu") return Activation::silu;
  if (name == "gelu_tanh") return Activation::gelu_tanh;
  throw Error("INVALID_REQUEST", "spec.activation must be silu or gelu_tanh.");
}

}  // namespace

ModelSpec model_spec(const Napi::Value& value) {
  const Napi::Object object = addon::object(value, "spec");
  const auto size = [&](const char* key) { return integer(object.Get(key), std::string("spec.") + key, 0, kLargestSize); };
  ModelSpec s;
  s.hidden_size = size("hiddenSize");
  s.intermediate_size = size("intermediateSize");
  s.layers = static_cast<int32_t>(size("layers"));
  s.heads = static_cast<int32_t>(size("heads"));
  s.kv_heads = static_cast<int32_t>(size("kvHeads"));
  s.head_dim = static_cast<int32_t>(size("headDim"));
  s.vocab_size = size("vocabSize");
  s.rms_norm_eps = static_cast<float>(number(object.Get("rmsNormEps"), "spec.rmsNormEps"));
  const auto factor = [&](const char* key) { return static_cast<float>(number(object.Get(key), std::string("spec.") + key)); };
  s.norm_offset = factor("normOffset");
  s.embedding_scale = factor("embeddingScale");
  s.residual_scale = factor("residualScale");
  s.score_scale = factor("scoreScale");
  s.score_cap = factor("scoreCap");
  s.logit_scale = factor("logitScale");
  s.logit_cap = factor("logitCap");
  s.activation = activation(object.Get("activation"));
  s.expert_size = size("expertSize");
  s.experts_per_token = static_cast<int32_t>(size("expertsPerToken"));
  s.normalise_experts = boolean(object.Get("normaliseExperts"), "spec.normaliseExperts");
  const Napi::Array rotaries = list(object.Get("rotaries"), "spec.rotaries");
  if (rotaries.Length() > kMostRotaries) throw Error("INVALID_REQUEST", "spec.rotaries has more than 64 entries.");
  for (uint32_t r = 0; r < rotaries.Length(); ++r) s.rotaries.push_back(rotary(rotaries.Get(r), "spec.rotaries[" + std::to_string(r) + "]"));
  const Napi::Object tensors = addon::object(object.Get("tensors"), "spec.tensors");
  s.embedding = tensor(tensors.Get("embedding"), "spec.tensors.embedding");
  s.final_norm = tensor(tensors.Get("finalNorm"), "spec.tensors.finalNorm");
  s.lm_head = tensor(tensors.Get("lmHead"), "spec.tensors.lmHead");
  const Napi::Array layers = list(tensors.Get("layers"), "spec.tensors.layers");
  // A JavaScript array's length costs nothing to claim; the number of layers is checked before that many are read.
  if (layers.Length() != static_cast<uint32_t>(s.layers))
    throw Error("INVALID_REQUEST", "spec.tensors.layers has " + std::to_string(layers.Length()) + " entries for " + std::to_string(s.layers) + " layers.");
  const Napi::Array kinds = list(object.Get("layerKinds"), "spec.layerKinds");
  if (kinds.Length() != static_cast<uint32_t>(s.layers))
    throw Error("INVALID_REQUEST", "spec.layerKinds has " + std::to_string(kinds.Length()) + " entries for " + std::to_string(s.layers) + " layers.");
  for (uint32_t l = 0; l < kinds.Length(); ++l) s.kinds.push_back(layer_kind(kinds.Get(l), "spec.layerKinds[" + std::to_string(l) + "]"));
  for (uint32_t l = 0; l < layers.Length(); ++l) s.tensors.push_back(layer_tensors(layers.Get(l), "spec.tensors.layers[" + std::to_string(l) + "]"));
  return s;
}

}  // namespace headscope::addon
