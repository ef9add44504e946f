// The pattern of one query head, as the protocol names it (engine/protocol/pattern.ts).
#pragma once

#include <cstdint>

namespace headscope {

enum class PatternKind { dense, a_shape, vertical_slash, block_sparse };

struct Pattern {
  PatternKind kind = PatternKind::dense;
  int64_t sink = 0, window = 0;  // a_shape: keys j < sink, and i - j < window
  int64_t verticals = 0, slashes = 0;
  int64_t last_queries = 64, forced_sinks = 30, forced_local = 100;
  int64_t blocks = 0, block_size = 64;
  bool operator==(const Pattern&) const = default;
};

// The budgets as they are used on an input of `rows` tokens by a model with this window (0: none): never above rows, distances never
// above the window, and vertical_slash never below MInference's own
// floors, verticals >= min(30, forced_sinks) and slashes >= min(50, forced_local). Distance 0 is always kept by vertical_slash
// and a_shape has window >= 1, so that every row keeps a key.
Pattern clamp_budgets(const Pattern& pattern, int64_t rows, int64_t window);

// Distances that come first in vertical_slash's order: forced_local, and distance 0 in any case.
int64_t forced_distances(const Pattern& pattern);

}  // namespace headscope
