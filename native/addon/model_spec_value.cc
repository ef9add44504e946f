#include "model_spec_value.h"

#include <limits>

#include "native/core/error.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kLargestSize = std::numeric_limits<int32_t>::max();
constexpr int64_t kLargestOffset = int64_t{1} << 53;
constexpr uint32_t kMostDimensions = 8;

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

LayerTensors layer_tensors(const Napi::Value& value, Name name) {
  const Napi::Object object = addon::object(value, name);
  const auto needed = [&](const char* role) { return tensor(object.Get(role), name + "." + role); };
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
  t.gate = needed("gate");
  t.up = needed("up");
  t.down = needed("down");
  t.input_norm = needed("inputNorm");
  t.post_norm = needed("postNorm");
  t.q_bias = optional("qBias");
  t.k_bias = optional("kBias");
  t.v_bias = optional("vBias");
  t.o_bias = optional("oBias");
  t.gate_bias = optional("gateBias");
  t.up_bias = optional("upBias");
  t.down_bias = optional("downBias");
  return t;
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
  s.attention_bias = boolean(object.Get("attentionBias"), "spec.attentionBias");
  s.mlp_bias = boolean(object.Get("mlpBias"), "spec.mlpBias");
  s.inverse_frequencies = copied<float>(object.Get("inverseFrequencies"), "spec.inverseFrequencies");
  s.rope_scale = static_cast<float>(number(object.Get("ropeScale"), "spec.ropeScale"));
  const Napi::Object tensors = addon::object(object.Get("tensors"), "spec.tensors");
  s.embedding = tensor(tensors.Get("embedding"), "spec.tensors.embedding");
  s.final_norm = tensor(tensors.Get("finalNorm"), "spec.tensors.finalNorm");
  s.lm_head = tensor(tensors.Get("lmHead"), "spec.tensors.lmHead");
  const Napi::Array layers = list(tensors.Get("layers"), "spec.tensors.layers");
  // A JavaScript array's length costs nothing to claim; the number of layers is checked before that many are read.
  if (layers.Length() != static_cast<uint32_t>(s.layers))
    throw Error("INVALID_REQUEST", "spec.tensors.layers has " + std::to_string(layers.Length()) + " entries for " + std::to_string(s.layers) + " layers.");
  for (uint32_t l = 0; l < layers.Length(); ++l) s.tensors.push_back(layer_tensors(layers.Get(l), "spec.tensors.layers[" + std::to_string(l) + "]"));
  return s;
}

}  // namespace headscope::addon
