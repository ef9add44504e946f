#include "pattern.h"

#include <algorithm>

#include "../../kernels/common/window.h"

namespace headscope {
namespace {

// MInference's own floors (vertical_and_slash_kernel of its minference_forward.py).
constexpr int64_t kFewestVerticals = 30;
constexpr int64_t kFewestSlashes = 50;

}  // namespace

Pattern clamp_budgets(const Pattern& pattern, int64_t rows, int64_t window) {
  const int64_t reach = reach_of(rows, window);
  Pattern p = pattern;
  const auto within = [](int64_t value, int64_t lowest, int64_t highest) { return std::min(std::max(value, lowest), highest); };
  p.sink = within(p.sink, 0, rows);
  p.window = within(p.window, 1, reach);
  p.last_queries = within(p.last_queries, 1, rows);
  p.forced_sinks = within(p.forced_sinks, 0, rows);
  p.forced_local = within(p.forced_local, 0, reach);
  p.verticals = within(p.verticals, std::min(kFewestVerticals, p.forced_sinks), rows);
  p.slashes = within(p.slashes, std::max<int64_t>(1, std::min(kFewestSlashes, p.forced_local)), reach);
  if (p.kind == PatternKind::block_sparse) p.blocks = within(p.blocks, 1, (rows + p.block_size - 1) / p.block_size);
  return p;
}

int64_t forced_distances(const Pattern& pattern) { return std::max<int64_t>(1, pattern.forced_local); }

}  // namespace headscope
