// What the parts share: random arrays in the backend's memory, and the timing of a row.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "native/core/buffer.h"
#include "parts.h"

namespace headscope::bench {

// Normal numbers times `magnitude`. One piece of 2^20 is drawn and sent again and again, a little turned each time: drawing gigabytes would
// take longer than measuring.
inline Buffer random_buffer(const headscope_backend_v1& backend, int64_t count, uint32_t seed, float magnitude = 1) {
  Buffer buffer(backend, count);
  constexpr int64_t kPiece = 1 << 20, kTurn = 4099;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> piece(static_cast<size_t>(kPiece + kTurn * 64));
  for (float& x : piece) x = normal(random) * magnitude;
  int turn = 0;
  for (int64_t first = 0; first < count; first += kPiece, ++turn)
    buffer.upload(piece.data() + turn % 64 * kTurn, first, count - first < kPiece ? count - first : kPiece);
  return buffer;
}

// The row's times: one call to warm up, then `rounds`.
inline void time_row(const Bench& bench, Row& row, int rounds, const std::function<void()>& call) {
  bench.say(row.part + ": " + row.shape + ", " + row.by);
  call();
  for (int i = 0; i < rounds; ++i) row.ms.push_back(bench.time(call));
}

// `measure` fills rows; where the device's memory or a kernel fails, the row says so and the others go on.
inline void or_say_why(Row& row, const std::function<void()>& measure) {
  try {
    measure();
  } catch (const std::exception& e) {
    row.ms.clear();
    row.note = e.what();
  }
}

// 2 N^2 d a head: the products of queries with keys and of weights with values below the diagonal.
inline double dense_attention_flops(int64_t rows, int32_t head_dim, int32_t heads) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(rows) * head_dim * heads;
}
inline double tile_flops(double tiles, int32_t head_dim) { return tiles * 4.0 * 64 * 64 * head_dim; }

}  // namespace headscope::bench
