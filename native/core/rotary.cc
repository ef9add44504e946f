#include "rotary.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "host_floats.h"

namespace headscope {
namespace {

constexpr int64_t kAngleRows = 256;  // of a task that fills the cos and sin: about a millisecond

// Angles are products in float32, as transformers computes them: at long positions their rounding is part of the model.
struct Angles {
  const std::vector<float> frequency;
  float scale;
  int64_t rows;
  HostFloats cos, sin;  // [rows, pairs]

  void fill(int64_t task) {
    const int64_t pairs = static_cast<int64_t>(frequency.size()), end = std::min(rows, (task + 1) * kAngleRows);
    for (int64_t r = task * kAngleRows; r < end; ++r)
      for (int64_t i = 0; i < pairs; ++i) {
        const float angle = static_cast<float>(r) * frequency[static_cast<size_t>(i)];
        cos[static_cast<size_t>(r * pairs + i)] = std::cos(angle) * scale;
        sin[static_cast<size_t>(r * pairs + i)] = std::sin(angle) * scale;
      }
  }
};

void check_finite(const std::vector<float>& frequencies) {
  for (const float f : frequencies)
    if (!std::isfinite(f)) throw Error("CHECKPOINT_INVALID", "A rotation frequency is not a finite number; check rope_theta and rope_scaling.");
}

}  // namespace

void check_rotary(const RotaryTable& table, int32_t head_dim) {
  const size_t pairs = table.frequencies.size();
  if (pairs < 1 || pairs > static_cast<size_t>(head_dim / 2))
    throw Error("CHECKPOINT_INVALID", "There are " + std::to_string(pairs) + " rotation frequencies; a head_dim of " + std::to_string(head_dim) +
                                          " has room for 1 to " + std::to_string(head_dim / 2) + ".");
  check_finite(table.frequencies);
  check_finite(table.long_frequencies);
  if (!std::isfinite(table.scale)) throw Error("CHECKPOINT_INVALID", "The factor of the rotary cos and sin is not a finite number.");
  if (table.long_above < 0 || (table.long_above > 0 && table.long_frequencies.size() != pairs))
    throw Error("CHECKPOINT_INVALID", "The rotation frequencies of long prompts are not as many as those of short ones.");
  if (table.dynamic_above < 0 || (table.dynamic_above > 0 && (!(table.theta > 0) || !(table.dynamic_factor >= 1) || pairs < 2)))
    throw Error("CHECKPOINT_INVALID", "Dynamic rotary embeddings need a base above 0, a factor of 1 or more and two pairs or more.");
}

std::vector<float> frequencies_for(const RotaryTable& table, int64_t rows) {
  if (table.long_above > 0 && rows > table.long_above) return table.long_frequencies;
  if (table.dynamic_above == 0 || rows <= table.dynamic_above) return table.frequencies;
  const float width = 2 * static_cast<float>(table.frequencies.size());
  const float grown = table.dynamic_factor * static_cast<float>(rows) / static_cast<float>(table.dynamic_above) - (table.dynamic_factor - 1);
  const float base = table.theta * std::pow(grown, width / (width - 2));
  std::vector<float> frequencies(table.frequencies.size());
  for (size_t i = 0; i < frequencies.size(); ++i) frequencies[i] = 1 / std::pow(base, static_cast<float>(2 * i) / width);
  return frequencies;
}

Rotation::Rotation(const headscope_backend_v1& backend, const RotaryTable& table, int64_t prompt_rows, int64_t rows, const hs_exec& exec)
    : pairs_(static_cast<int64_t>(table.frequencies.size())), interleaved_(table.interleaved) {
  const int64_t count = rows * pairs_;
  cos_ = Buffer(backend, count);
  sin_ = Buffer(backend, count);
  Angles turns{frequencies_for(table, prompt_rows), table.scale, rows, host_floats(count, "the rotary cos"), host_floats(count, "the rotary sin")};
  exec.parallel(exec.pool, (rows + kAngleRows - 1) / kAngleRows, [](void* arg, int64_t task, int32_t) { static_cast<Angles*>(arg)->fill(task); }, &turns);
  cos_.upload(turns.cos.get(), 0, count);
  sin_.upload(turns.sin.get(), 0, count);
}

}  // namespace headscope
