// The masks of a layer at once, where the backend chooses: one call for the estimates and choices of all heads, then an index a head on a thread each.
#include <algorithm>

#include "error.h"
#include "index_parts.h"
#include "interrupts.h"
#include "mask_builder.h"
#include "parallel_for.h"

namespace headscope {
namespace {

struct Chosen {
  int32_t head;
  Pattern pattern;  // clamped
  std::vector<int32_t> columns, distances;
};

// The lists of every vertical_slash head. milliseconds: of the call.
std::vector<Chosen> choose(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const std::vector<Pattern>& patterns, double& milliseconds) {
  const Stopwatch watch;
  std::vector<Chosen> chosen;
  for (size_t h = 0; h < patterns.size(); ++h)
    if (patterns[h].kind == PatternKind::vertical_slash) {
      const Pattern p = clamp_budgets(patterns[h], heads.rows, heads.window);
      chosen.push_back({static_cast<int32_t>(h), p, std::vector<int32_t>(static_cast<size_t>(p.verticals)), std::vector<int32_t>(static_cast<size_t>(p.slashes))});
    }
  if (chosen.empty()) return chosen;
  std::vector<hs_diagonals_choice> choices;
  const auto within = [](int64_t forced, int64_t most) { return static_cast<int32_t>(std::min(std::max<int64_t>(forced, 0), most)); };
  for (Chosen& c : chosen)
    choices.push_back({c.head, static_cast<int32_t>(c.pattern.last_queries), within(c.pattern.forced_sinks, heads.rows), static_cast<int32_t>(c.columns.size()),
                       within(forced_distances(c.pattern), reach_of(heads.rows, heads.window)), static_cast<int32_t>(c.distances.size()), c.columns.data(), c.distances.data()});
  check(backend, backend.choose_diagonals(&exec, &heads, static_cast<int32_t>(choices.size()), choices.data()));
  milliseconds = watch.ms();
  return chosen;
}

}  // namespace

std::vector<std::unique_ptr<Mask>> build_masks(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const std::vector<Pattern>& patterns, bool compat) {
  std::vector<std::unique_ptr<Mask>> made(patterns.size());
  for (size_t h = 0; h < patterns.size(); ++h) {
    if (patterns[h].kind == PatternKind::dense || (patterns[h].kind == PatternKind::vertical_slash && backend.choose_diagonals)) continue;
    if (cancelled(exec)) check(backend, HS_CANCELLED);
    made[h] = build_mask(backend, exec, heads, static_cast<int32_t>(h), patterns[h], compat);
  }
  if (!backend.choose_diagonals) return made;

  double estimate_ms = 0;
  std::vector<Chosen> chosen = choose(backend, exec, heads, patterns, estimate_ms);
  parallel_for(exec, static_cast<int64_t>(chosen.size()), [&](int64_t i) {
    Chosen& c = chosen[static_cast<size_t>(i)];
    const Stopwatch watch;
    std::unique_ptr<Mask> mask = compat ? compat_mask(heads.rows, heads.window, std::move(c.columns), std::move(c.distances))
                                        : diagonals_mask(heads.rows, heads.window, std::move(c.columns), std::move(c.distances));
    mask->effective = c.pattern;
    mask->estimate_ms = estimate_ms / static_cast<double>(chosen.size());
    mask->index_ms = watch.ms();
    made[static_cast<size_t>(c.head)] = std::move(mask);
  });
  return made;
}

}  // namespace headscope
