// Rotary embeddings: which pairs of a head turn, how fast, and the cos and sin of every position of a prompt.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer.h"

namespace headscope {

// One table of a model; a model may have several (Gemma 3 has one for its windowed layers). Pair p of position i turns by
// i * frequencies[p]; cos and sin are multiplied by `scale`.
struct RotaryTable {
  std::vector<float> frequencies;  // 1 .. head_dim / 2 of them
  float scale = 1;
  bool interleaved = false;  // pairs (2 p, 2 p + 1) instead of (p, p + count)
  // A prompt of more rows than this takes long_frequencies instead, at every position (LongRoPE). 0: never.
  int64_t long_above = 0;
  std::vector<float> long_frequencies;
  // A prompt of more rows than this takes frequencies of the base theta (factor rows / dynamic_above - (factor - 1))^(r / (r - 2)),
  // r = 2 count, at every position (dynamic NTK). 0: never.
  int64_t dynamic_above = 0;
  float dynamic_factor = 1, theta = 0;
};

// Throws CHECKPOINT_INVALID, naming what contradicts what, or UNSUPPORTED_ARCHITECTURE.
void check_rotary(const RotaryTable& table, int32_t head_dim);

// Those that a prompt of `rows` tokens takes, rounded to float32 in the order in which transformers computes them.
std::vector<float> frequencies_for(const RotaryTable& table, int64_t rows);

class Rotation {
 public:
  // Of positions [0, rows), with the frequencies of a prompt of `prompt_rows`.
  Rotation(const headscope_backend_v1& backend, const RotaryTable& table, int64_t prompt_rows, int64_t rows, const hs_exec& exec);
  // For rows [first, ...).
  hs_rotation from(int64_t first) const { return {cos_.data() + first * pairs_, sin_.data() + first * pairs_, static_cast<int32_t>(pairs_), interleaved_}; }

 private:
  int64_t pairs_;
  int32_t interleaved_;
  Buffer cos_, sin_;  // [rows, pairs]
};

}  // namespace headscope
