// A decoder whose weights are mapped from its checkpoint: what its layers do, as features. Families are engine/checkpoint's affair.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../backend.h"
#include "buffer.h"
#include "mapped_file.h"
#include "rotary.h"
#include "tensor.h"

namespace headscope {

enum class Activation { silu, gelu_tanh };

struct ExpertTensors {
  TensorLocation gate, up, down;
};

// What is absent is not done: a layer without input_norm projects its input as it is.
struct LayerTensors {
  TensorLocation q, k, v, o;
  TensorLocation gate, up, down;  // not looked at where there are experts
  std::optional<TensorLocation> input_norm;           // before the projections
  std::optional<TensorLocation> q_norm, k_norm;       // before RoPE: [head_dim] for each head alone, or over the whole projected width
  std::optional<TensorLocation> attention_out_norm;   // of the attention's output, before it joins the residual
  std::optional<TensorLocation> post_norm;            // before the MLP
  std::optional<TensorLocation> mlp_out_norm;         // of the MLP's output, before it joins the residual
  std::optional<TensorLocation> q_bias, k_bias, v_bias, o_bias, gate_bias, up_bias, down_bias;
  std::optional<TensorLocation> router;  // [experts, hidden]; there where `experts` are
  std::vector<ExpertTensors> experts;
};

struct LayerKind {
  int32_t rotary = 0;  // index of ModelSpec::rotaries, or -1: q and k do not turn
  int64_t window = 0;  // a row sees itself and the window - 1 keys before it; 0: all
};

struct ModelSpec {
  int64_t hidden_size = 0, intermediate_size = 0;
  int32_t layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t vocab_size = 0;
  float rms_norm_eps = 0;
  float norm_offset = 0;      // added to every norm's weight (Gemma: 1)
  float embedding_scale = 1;  // of the embeddings
  float residual_scale = 1;   // of both branches, before they join the residual
  float score_scale = 0;      // of q.k
  float score_cap = 0;        // s becomes cap tanh(s / cap); 0: none
  float logit_scale = 1, logit_cap = 0;
  Activation activation = Activation::silu;
  int64_t expert_size = 0;  // intermediate size of an expert
  int32_t experts_per_token = 0;
  bool normalise_experts = false;  // the chosen experts' probabilities are made to sum to 1
  std::vector<RotaryTable> rotaries;
  std::vector<LayerKind> kinds;  // [layers]
  TensorLocation embedding, final_norm, lm_head;
  std::vector<LayerTensors> tensors;  // [layers]
};

struct ExpertWeights {
  hs_weights gate, up, down;
};

// One layer's weights in the backend's memory; a bias is nullptr and a norm empty where the model has none.
struct LayerWeights {
  hs_weights q, k, v, o, gate, up, down;
  std::optional<hs_weights> input_norm, q_norm, k_norm, attention_out_norm, post_norm, mlp_out_norm, router;
  const float *q_bias = nullptr, *k_bias = nullptr, *v_bias = nullptr, *o_bias = nullptr;
  const float *gate_bias = nullptr, *up_bias = nullptr, *down_bias = nullptr;
  std::vector<ExpertWeights> experts;
};

// Where the layers' weights lie on a backend with memory of its own: all there, or one layer's at a time, sent when the layer is asked for. automatic: streamed
// where they take more than half of the device's memory, as far as the backend tells.
enum class WeightPlacement { automatic, resident, streamed };

struct WeightBytes {
  int64_t all = 0, outside_layers = 0, largest_layer = 0;
  bool streamed = false;
};

class Model : public std::enable_shared_from_this<Model> {
 public:
  // Maps the files and checks every tensor. Weights keep their dtype and, where the backend computes in host memory, their place in
  // the mapped file; biases, and norms that have an offset, are widened to float32. Throws FILE_NOT_FOUND, FILE_UNREADABLE,
  // CHECKPOINT_INVALID (naming the size or tensor), UNSUPPORTED_ARCHITECTURE (a head_dim no kernel runs), OUT_OF_MEMORY.
  static std::shared_ptr<const Model> open(const headscope_backend_v1& backend, ModelSpec spec, const std::vector<std::string>& files,
                                           WeightPlacement placement = WeightPlacement::automatic);

  const headscope_backend_v1& backend() const { return backend_; }
  const ModelSpec& spec() const { return spec_; }
  const LayerKind& kind(int32_t l) const { return spec_.kinds[static_cast<size_t>(l)]; }
  const hs_weights& embedding() const { return embedding_; }
  const hs_weights& final_norm() const { return final_norm_; }
  const hs_weights& lm_head() const { return lm_head_; }
  // The layer's weights, there as long as they are held. Where weights are streamed, asking for another layer sends that one's; throws OUT_OF_MEMORY.
  std::shared_ptr<const LayerWeights> layer(int32_t l) const;
  int64_t weight_bytes() const { return weights_.all; }  // of all tensors, a tied one counted once
  const WeightBytes& weights() const { return weights_; }
  // Before a job reads weights: throws CHECKPOINT_INVALID if a file has shrunk since it was mapped.
  void check_files() const;

 private:
  Model(const headscope_backend_v1& backend, ModelSpec spec);
  // What a placement makes: nothing but checks and a count of bytes, or arrays in the backend's memory too.
  struct Placed {
    bool on_backend = true;
    int64_t bytes = 0;
    std::vector<Buffer> owned;  // widened biases and norms, and weights copied to a backend with memory of its own
  };
  LayerWeights place_layer(const LayerTensors& tensors, Placed& placed) const;
  hs_weights place(const TensorLocation& tensor, const std::vector<int64_t>& shape, Placed& placed) const;
  hs_weights place_norm(const TensorLocation& tensor, int64_t size, Placed& placed) const;
  const float* place_widened(const TensorLocation& tensor, int64_t size, float offset, Placed& placed) const;
  bool too_large_to_stay() const;

  const headscope_backend_v1& backend_;
  ModelSpec spec_;
  std::vector<MappedFile> files_;
  std::vector<Buffer> owned_;
  hs_weights embedding_{}, final_norm_{}, lm_head_{};
  std::vector<LayerWeights> layers_;  // empty where they are streamed
  WeightBytes weights_;
  struct Streamed {
    LayerWeights weights;
    std::vector<Buffer> owned;
  };
  mutable std::mutex mutex_;
  mutable int32_t streamed_layer_ = -1;
  mutable std::shared_ptr<const Streamed> streamed_weights_;
};

}  // namespace headscope
