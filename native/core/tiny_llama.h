// For the tests: a small random Llama checkpoint on disk, and the same model once more in float64, written from the published
// equations and sharing nothing with the engine.
#pragma once

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "native/core/model.h"

namespace headscope::test {

using Matrix = std::vector<double>;  // row-major

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<char>& bytes) {
    char name[] = "/tmp/headscope-test-XXXXXX";
    const int fd = mkstemp(name);
    path_ = name;
    if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    close(fd);
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct TinyShape {
  int64_t hidden = 44, inner = 73, vocab = 101;
  int32_t layers = 2, heads = 6, kv_heads = 2, head_dim = 16;
  bool biases = false, tied = true;
  hs_dtype dtype = HS_F32;
};

// Writes tensors one after the other, beginning at an odd byte.
class TinyLlama {
 public:
  explicit TinyLlama(const TinyShape& shape, uint32_t seed = 1) : shape_(shape), random_(seed), bytes_(13) {
    spec.hidden_size = shape.hidden;
    spec.intermediate_size = shape.inner;
    spec.vocab_size = shape.vocab;
    spec.layers = shape.layers;
    spec.heads = shape.heads;
    spec.kv_heads = shape.kv_heads;
    spec.head_dim = shape.head_dim;
    spec.rms_norm_eps = 1e-5f;
    spec.score_scale = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.head_dim)));
    RotaryTable& rotary = spec.rotaries.emplace_back();
    for (int32_t i = 0; i < shape.head_dim / 2; ++i)
      rotary.frequencies.push_back(static_cast<float>(std::pow(10000.0, -2.0 * i / shape.head_dim)));
    rotary.scale = 1.1f;
    spec.kinds.resize(static_cast<size_t>(shape.layers));
    const int64_t q = int64_t{shape.heads} * shape.head_dim, k = int64_t{shape.kv_heads} * shape.head_dim;
    embedding = make(spec.embedding, "embedding", {shape.vocab, shape.hidden}, 1, 0);
    final_norm = make(spec.final_norm, "norm", {shape.hidden}, 0.2, 1);
    if (shape.tied) {
      spec.lm_head = spec.embedding;
      lm_head = embedding;
    } else {
      lm_head = make(spec.lm_head, "lm_head", {shape.vocab, shape.hidden}, 0.5, 0);
    }
    for (int32_t l = 0; l < shape.layers; ++l) {
      LayerTensors t;
      Layer64 w;
      const double in = 1.2 / std::sqrt(static_cast<double>(shape.hidden));
      // Wide queries and keys make attention that is far from even.
      w.q = make(t.q, "q", {q, shape.hidden}, 1.7 * in, 0);
      w.k = make(t.k, "k", {k, shape.hidden}, 1.7 * in, 0);
      w.v = make(t.v, "v", {k, shape.hidden}, in, 0);
      w.o = make(t.o, "o", {shape.hidden, q}, 1 / std::sqrt(static_cast<double>(q)), 0);
      w.gate = make(t.gate, "gate", {shape.inner, shape.hidden}, in, 0);
      w.up = make(t.up, "up", {shape.inner, shape.hidden}, in, 0);
      w.down = make(t.down, "down", {shape.hidden, shape.inner}, 1 / std::sqrt(static_cast<double>(shape.inner)), 0);
      w.input_norm = make(t.input_norm.emplace(), "input_norm", {shape.hidden}, 0.2, 1);
      w.post_norm = make(t.post_norm.emplace(), "post_norm", {shape.hidden}, 0.2, 1);
      const auto bias = [&](std::optional<TensorLocation>& at, const char* name, int64_t size) {
        if (!shape.biases) return Matrix(static_cast<size_t>(size), 0.0);
        at.emplace();
        return make(*at, name, {size}, 0.3, 0);
      };
      w.q_bias = bias(t.q_bias, "q_bias", q);
      w.k_bias = bias(t.k_bias, "k_bias", k);
      w.v_bias = bias(t.v_bias, "v_bias", k);
      w.o_bias = bias(t.o_bias, "o_bias", shape.hidden);
      w.gate_bias = bias(t.gate_bias, "gate_bias", shape.inner);
      w.up_bias = bias(t.up_bias, "up_bias", shape.inner);
      w.down_bias = bias(t.down_bias, "down_bias", shape.hidden);
      layers.push_back(std::move(w));
      spec.tensors.push_back(std::move(t));
    }
  }

  struct Layer64 {
    Matrix q, k, v, o, gate, up, down, input_norm, post_norm, q_bias, k_bias, v_bias, o_bias, gate_bias, up_bias, down_bias;
  };
  struct Forward {
    std::vector<Matrix> hidden;         // [layers + 1] of [N, D]
    std::vector<Matrix> lse;            // [layers] of [H, N]
    std::vector<Matrix> probabilities;  // [layers] of [H, N, N]
    Matrix logits;                      // [N, vocab]
  };

  Forward forward(const std::vector<int32_t>& tokens) const {
    const int64_t n = static_cast<int64_t>(tokens.size()), D = shape_.hidden, d = shape_.head_dim, H = shape_.heads, G = shape_.kv_heads;
    Forward f;
    Matrix x(static_cast<size_t>(n * D));
    for (int64_t r = 0; r < n; ++r)
      for (int64_t i = 0; i < D; ++i) x[at(r, D, i)] = embedding[at(tokens[static_cast<size_t>(r)], D, i)];
    for (const Layer64& w : layers) {
      f.hidden.push_back(x);
      const Matrix normed = rms(x, n, w.input_norm);
      Matrix q = linear(normed, n, w.q, w.q_bias), k = linear(normed, n, w.k, w.k_bias);
      const Matrix v = linear(normed, n, w.v, w.v_bias);
      rotate(q, n, H);
      rotate(k, n, G);
      Matrix mixed(static_cast<size_t>(n * H * d)), lse(static_cast<size_t>(H * n)), all(static_cast<size_t>(H * n * n));
      for (int64_t h = 0; h < H; ++h)
        for (int64_t i = 0; i < n; ++i) {
          std::vector<double> score(static_cast<size_t>(i + 1));
          double largest = -INFINITY, sum = 0;
          for (int64_t j = 0; j <= i; ++j) {
            double s = 0;
            for (int64_t t = 0; t < d; ++t) s += q[at(i, H * d, h * d + t)] * k[at(j, G * d, h / (H / G) * d + t)];
            score[static_cast<size_t>(j)] = s / std::sqrt(static_cast<double>(d));
            largest = std::fmax(largest, score[static_cast<size_t>(j)]);
          }
          for (const double s : score) sum += std::exp(s - largest);
          lse[at(h, n, i)] = largest + std::log(sum);
          for (int64_t j = 0; j <= i; ++j) {
            const double p = std::exp(score[static_cast<size_t>(j)] - lse[at(h, n, i)]);
            all[at(h * n + i, n, j)] = p;
            for (int64_t t = 0; t < d; ++t) mixed[at(i, H * d, h * d + t)] += p * v[at(j, G * d, h / (H / G) * d + t)];
          }
        }
      f.lse.push_back(std::move(lse));
      f.probabilities.push_back(std::move(all));
      const Matrix attended = linear(mixed, n, w.o, w.o_bias);
      for (size_t i = 0; i < x.size(); ++i) x[i] += attended[i];
      const Matrix post = rms(x, n, w.post_norm);
      Matrix gate = linear(post, n, w.gate, w.gate_bias);
      const Matrix up = linear(post, n, w.up, w.up_bias);
      for (size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
      const Matrix down = linear(gate, n, w.down, w.down_bias);
      for (size_t i = 0; i < x.size(); ++i) x[i] += down[i];
    }
    f.hidden.push_back(x);
    f.logits = linear(rms(x, n, final_norm), n, lm_head, Matrix(static_cast<size_t>(shape_.vocab), 0.0));
    return f;
  }

  std::vector<int32_t> tokens(int64_t count) {
    std::vector<int32_t> t;
    std::uniform_int_distribution<int32_t> any(0, static_cast<int32_t>(shape_.vocab) - 1);
    for (int64_t i = 0; i < count; ++i) t.push_back(any(random_));
    return t;
  }
  const std::vector<char>& bytes() const { return bytes_; }

  ModelSpec spec;
  Matrix embedding, final_norm, lm_head;
  std::vector<Layer64> layers;

 private:
  static size_t at(int64_t row, int64_t width, int64_t column) { return static_cast<size_t>(row * width + column); }

  // Appends a tensor of `mean` + `spread` * normal values, rounded to the dtype; returns the rounded values.
  Matrix make(TensorLocation& t, const char* name, const std::vector<int64_t>& shape, double spread, double mean) {
    int64_t count = 1;
    for (const int64_t s : shape) count *= s;
    t.name = std::string("model.") + name;
    t.dtype = shape_.dtype;
    t.shape = shape;
    t.file = 0;
    t.begin = static_cast<int64_t>(bytes_.size());
    std::normal_distribution<double> normal(mean, spread);
    Matrix values;
    for (int64_t i = 0; i < count; ++i) values.push_back(append(static_cast<float>(normal(random_))));
    t.end = static_cast<int64_t>(bytes_.size());
    return values;
  }
  double append(float value) {
    if (shape_.dtype == HS_F16) {
      const _Float16 half = static_cast<_Float16>(value);
      push(&half, sizeof half);
      return static_cast<double>(half);
    }
    if (shape_.dtype == HS_BF16) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      const uint16_t top = static_cast<uint16_t>(bits >> 16);
      push(&top, sizeof top);
      bits &= 0xffff0000u;
      std::memcpy(&value, &bits, sizeof bits);
      return static_cast<double>(value);
    }
    push(&value, sizeof value);
    return static_cast<double>(value);
  }
  void push(const void* p, size_t size) {
    const char* c = static_cast<const char*>(p);
    bytes_.insert(bytes_.end(), c, c + size);
  }
  Matrix rms(const Matrix& x, int64_t n, const Matrix& weight) const {
    const int64_t D = shape_.hidden;
    Matrix out(x.size());
    for (int64_t r = 0; r < n; ++r) {
      double square = 0;
      for (int64_t i = 0; i < D; ++i) square += x[at(r, D, i)] * x[at(r, D, i)];
      const double factor = 1 / std::sqrt(square / static_cast<double>(D) + static_cast<double>(spec.rms_norm_eps));
      for (int64_t i = 0; i < D; ++i) out[at(r, D, i)] = x[at(r, D, i)] * factor * weight[static_cast<size_t>(i)];
    }
    return out;
  }
  static Matrix linear(const Matrix& x, int64_t n, const Matrix& w, const Matrix& bias) {
    const int64_t out = static_cast<int64_t>(bias.size()), in = static_cast<int64_t>(w.size()) / out;
    Matrix y(static_cast<size_t>(n * out));
    for (int64_t r = 0; r < n; ++r)
      for (int64_t o = 0; o < out; ++o) {
        double sum = bias[static_cast<size_t>(o)];
        for (int64_t i = 0; i < in; ++i) sum += x[at(r, in, i)] * w[at(o, in, i)];
        y[at(r, out, o)] = sum;
      }
    return y;
  }
  void rotate(Matrix& x, int64_t n, int64_t heads) const {
    const int64_t d = shape_.head_dim, half = d / 2;
    for (int64_t r = 0; r < n; ++r)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < half; ++i) {
          const double angle = static_cast<double>(static_cast<float>(r) * spec.rotaries[0].frequencies[static_cast<size_t>(i)]);
          const double scale = static_cast<double>(spec.rotaries[0].scale), c = std::cos(angle) * scale, s = std::sin(angle) * scale;
          double& a = x[at(r, heads * d, h * d + i)];
          double& b = x[at(r, heads * d, h * d + i + half)];
          const double turned = a * c - b * s;
          b = b * c + a * s;
          a = turned;
        }
  }

  TinyShape shape_;
  std::mt19937 random_;
  std::vector<char> bytes_;
};

// The model opened from a file of its own.
struct OpenTiny {
  TinyLlama llama;
  TemporaryFile file;
  std::shared_ptr<const Model> model;
  OpenTiny(const headscope_backend_v1& backend, const TinyShape& shape, uint32_t seed = 1)
      : llama(shape, seed), file(llama.bytes()), model(Model::open(backend, llama.spec, {file.path()})) {}
};

// The largest |a - b|.
template <class A, class B>
double distance(const A* a, const B* b, int64_t count) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double delta = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(delta <= largest)) largest = delta;  // NaN stays
    if (std::isnan(delta)) return delta;
  }
  return largest;
}

}  // namespace headscope::test
