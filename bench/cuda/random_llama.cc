#include "random_llama.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace headscope::bench {
namespace {

uint16_t bfloat16(double x) {
  const auto narrow = static_cast<float>(x);
  uint32_t bits;
  std::memcpy(&bits, &narrow, 4);
  return static_cast<uint16_t>((bits + 0x8000) >> 16);
}

}  // namespace

void RandomLlama::write_all(const void* data, size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  written_ += static_cast<int64_t>(bytes);
  while (bytes > 0) {
    const ssize_t n = write(file_, at, bytes);
    if (n <= 0) throw std::runtime_error("The random weights could not be written to " + path_ + ": is the disk full? --scratch names another folder.");
    at += n;
    bytes -= static_cast<size_t>(n);
  }
}

// Uniform numbers of this standard deviation, around `mean`: 16 random bits each, four at a time.
TensorLocation RandomLlama::add(const char* name, const std::vector<int64_t>& shape, double magnitude, double mean) {
  int64_t count = 1;
  for (const int64_t n : shape) count *= n;
  TensorLocation place{name, HS_BF16, shape, 0, written_, written_ + 2 * count};
  uint16_t table[4096];  // by 12 bits
  for (int i = 0; i < 4096; ++i) table[i] = bfloat16(mean + magnitude * std::sqrt(12.0) * ((i + 0.5) / 4096 - 0.5));
  std::vector<uint16_t> piece(1 << 20);
  for (int64_t first = 0; first < count; first += static_cast<int64_t>(piece.size())) {
    for (size_t i = 0; i < piece.size(); i += 4) {
      state_ ^= state_ << 13;
      state_ ^= state_ >> 7;
      state_ ^= state_ << 17;
      for (size_t e = 0; e < 4; ++e) piece[i + e] = table[state_ >> (16 * e) & 4095];
    }
    const int64_t here = count - first < static_cast<int64_t>(piece.size()) ? count - first : static_cast<int64_t>(piece.size());
    write_all(piece.data(), static_cast<size_t>(2 * here));
  }
  return place;
}

TensorLocation RandomLlama::add_values(const char* name, const std::vector<float>& values) {
  const auto count = static_cast<int64_t>(values.size());
  TensorLocation place{name, HS_F32, {count}, 0, written_, written_ + 4 * count};
  write_all(values.data(), values.size() * 4);
  return place;
}

RandomLlama::RandomLlama(const PrefillSizes& s, const std::string& folder) : path_(folder + "/headscope-bench-XXXXXX") {
  file_ = mkstemp(path_.data());
  if (file_ < 0) throw std::runtime_error("The random weights cannot be written to " + folder + ": --scratch names another folder.");
  try {
    const int64_t q = int64_t{s.heads} * s.head_dim, k = int64_t{s.kv_heads} * s.head_dim;
    const double in = 1 / std::sqrt(static_cast<double>(s.hidden)), join = 0.1 / std::sqrt(2.0 * s.layers);
    spec_.hidden_size = s.hidden;
    spec_.intermediate_size = s.inner;
    spec_.vocab_size = s.vocab;
    spec_.layers = s.layers;
    spec_.heads = s.heads;
    spec_.kv_heads = s.kv_heads;
    spec_.head_dim = s.head_dim;
    spec_.rms_norm_eps = 1e-5f;
    spec_.score_scale = static_cast<float>(1 / std::sqrt(static_cast<double>(s.head_dim)));
    RotaryTable& rotary = spec_.rotaries.emplace_back();
    const int32_t pairs = s.head_dim / 2;
    for (int32_t p = 0; p < pairs; ++p) rotary.frequencies.push_back(static_cast<float>(std::pow(500000.0, -static_cast<double>(p) / pairs)));
    spec_.kinds.resize(static_cast<size_t>(s.layers));

    spec_.embedding = add("embedding", {s.vocab, s.hidden}, 1, 0);
    spec_.lm_head = spec_.embedding;
    spec_.final_norm = add("norm", {s.hidden}, 0, 1);
    LayerTensors t;
    t.q = add("q", {q, s.hidden}, in, 0);
    t.k = add("k", {k, s.hidden}, in, 0);
    t.v = add("v", {k, s.hidden}, in, 0);
    t.o = add("o", {s.hidden, q}, join * in, 0);
    t.gate = add("gate", {s.inner, s.hidden}, in, 0);
    t.up = add("up", {s.inner, s.hidden}, in, 0);
    t.down = add("down", {s.hidden, s.inner}, join / std::sqrt(static_cast<double>(s.inner)), 0);
    t.input_norm = add("input_norm", {s.hidden}, 0, 1);
    t.post_norm = t.input_norm;
    // The structure of queries and keys: a bias in the pairs that turn once in some thousand tokens makes a local band, one in the slowest
    // pairs makes some tokens' keys heavy wherever they stand.
    const auto bias = [&](int32_t heads) {
      std::vector<float> b(static_cast<size_t>(heads) * static_cast<size_t>(s.head_dim), 0);
      for (int32_t h = 0; h < heads; ++h)
        for (int32_t p = 0; p < pairs; ++p) {
          const bool band = p >= pairs * 7 / 16 && p < pairs * 5 / 8, slow = p >= pairs * 15 / 16;
          b[static_cast<size_t>(h * s.head_dim + p)] = band ? 1.5f : slow ? 2.0f : 0.0f;
        }
      return b;
    };
    t.q_bias = add_values("q_bias", bias(s.heads));
    t.k_bias = add_values("k_bias", bias(s.kv_heads));
    spec_.tensors.assign(static_cast<size_t>(s.layers), t);
  } catch (...) {
    close(file_);
    unlink(path_.c_str());
    throw;
  }
}

RandomLlama::~RandomLlama() {
  close(file_);
  unlink(path_.c_str());
}

}  // namespace headscope::bench
