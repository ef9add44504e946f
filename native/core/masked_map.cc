// Layer::planes and Layer::strongest: the map, or what a mask drops of it.
#include <utility>

#include "error.h"
#include "execution.h"
#include "layer.h"
#include "pattern_check.h"

namespace headscope {

const MaskIndex& Layer::drawn_mask(int32_t head, const Pattern& pattern, const hs_exec& exec) {
  if (!drawn_.mask || drawn_.head != head || !(drawn_.pattern == pattern)) {
    drawn_.mask.reset();
    drawn_.mask = build_mask(backend_, exec, heads_view(), head, pattern, false);
    drawn_.head = head;
    drawn_.pattern = pattern;
  }
  return drawn_.mask->index;
}

void Layer::planes(int32_t head, const Pattern* dropped_by, const Rect& r, int64_t width, int64_t height, float* max, float* sum, const Job& job) {
  check_head(head);
  check_rect(r, width, height);
  if (width > r.k1 - r.k0 || height > r.q1 - r.q0) throw Error("INVALID_REQUEST", "A cell of these pictures covers at least one row and one key.");
  if (dropped_by) check_pattern(*dropped_by);
  Execution work(job);
  const float* lse = dense_lse(head, work.part(0, 0.4, 1, "log-sum-exp"));
  const MaskIndex* mask = dropped_by ? &drawn_mask(head, *dropped_by, work.exec()) : nullptr;
  const hs_exec exec = work.part(0.4, 1, 1, "map");
  const hs_heads heads = heads_view();
  check(backend_, backend_.planes(&exec, &heads, head, lse, mask, r.q0, r.q1, r.k0, r.k1, width, height, max, sum));
}

std::vector<hs_pair> Layer::strongest(int32_t head, const Pattern* dropped_by, const Rect& r, int64_t count, const Job& job) {
  check_head(head);
  check_rect(r, 1, 1);
  if (count < 1 || count > 65536) throw Error("INVALID_REQUEST", "Ask for 1 to 65,536 pairs.");
  if (dropped_by) check_pattern(*dropped_by);
  Execution work(job);
  const float* lse = dense_lse(head, work.part(0, 0.4, 1, "log-sum-exp"));
  const MaskIndex* mask = dropped_by ? &drawn_mask(head, *dropped_by, work.exec()) : nullptr;
  const hs_exec exec = work.part(0.4, 1, 1, "strongest pairs");
  const hs_heads heads = heads_view();
  std::vector<hs_pair> pairs(static_cast<size_t>(count));
  int64_t found = 0;
  check(backend_, backend_.strongest(&exec, &heads, head, lse, mask, r.q0, r.q1, r.k0, r.k1, count, pairs.data(), &found));
  pairs.resize(static_cast<size_t>(found));
  return pairs;
}

}  // namespace headscope
