// A Llama-family decoder whose weights are mapped from its checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../backend.h"
#include "buffer.h"
#include "mapped_file.h"
#include "tensor.h"

namespace headscope {

struct LayerTensors {
  TensorLocation q, k, v, o, gate, up, down, input_norm, post_norm;
  // Present exactly where the spec's attention_bias (q, k, v, o) and mlp_bias (gate, up, down) say so.
  std::optional<TensorLocation> q_bias, k_bias, v_bias, o_bias, gate_bias, up_bias, down_bias;
};

struct ModelSpec {
  int64_t hidden_size = 0, intermediate_size = 0;
  int32_t layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t vocab_size = 0;
  float rms_norm_eps = 0;
  bool attention_bias = false, mlp_bias = false;
  std::vector<float> inverse_frequencies;  // head_dim / 2 of them: pair (i, i + head_dim / 2) turns by position * [i]
  float rope_scale = 1;                    // multiplies cos and sin
  TensorLocation embedding, final_norm, lm_head;
  std::vector<LayerTensors> tensors;  // [layers]
};

// One layer's weights in the backend's memory; a bias is nullptr where the model has none.
struct LayerWeights {
  hs_weights q, k, v, o, gate, up, down, input_norm, post_norm;
  const float *q_bias = nullptr, *k_bias = nullptr, *v_bias = nullptr, *o_bias = nullptr;
  const float *gate_bias = nullptr, *up_bias = nullptr, *down_bias = nullptr;
};

class Model {
 public:
  // Maps the files and checks every tensor. Weights keep their dtype and, where the backend computes in host memory, their place in
  // the mapped file; biases are widened to float32. Throws FILE_NOT_FOUND, FILE_UNREADABLE, CHECKPOINT_INVALID (naming the size or
  // tensor), UNSUPPORTED_ARCHITECTURE (a head_dim no kernel runs), OUT_OF_MEMORY.
  static std::shared_ptr<const Model> open(const headscope_backend_v1& backend, ModelSpec spec, const std::vector<std::string>& files);

  const headscope_backend_v1& backend() const { return backend_; }
  const ModelSpec& spec() const { return spec_; }
  const hs_weights& embedding() const { return embedding_; }
  const hs_weights& final_norm() const { return final_norm_; }
  const hs_weights& lm_head() const { return lm_head_; }
  const LayerWeights& layer(int32_t l) const { return layers_[static_cast<size_t>(l)]; }
  float score_scale() const;  // 1 / sqrt(head_dim)
  int64_t weight_bytes() const { return weight_bytes_; }  // of all tensors, a tied one counted once
  // Before a job reads weights: throws CHECKPOINT_INVALID if a file has shrunk since it was mapped.
  void check_files() const;

 private:
  Model(const headscope_backend_v1& backend, ModelSpec spec);
  hs_weights place(const TensorLocation& tensor, const std::vector<int64_t>& shape);
  const float* place_bias(const std::optional<TensorLocation>& tensor, int64_t size, bool expected, const char* role, int32_t layer);

  const headscope_backend_v1& backend_;
  ModelSpec spec_;
  std::vector<MappedFile> files_;
  std::vector<Buffer> owned_;  // widened biases, and weights copied to a backend with memory of its own
  hs_weights embedding_{}, final_norm_{}, lm_head_{};
  std::vector<LayerWeights> layers_;
  int64_t weight_bytes_ = 0;
};

}  // namespace headscope
