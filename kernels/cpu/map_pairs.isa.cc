// The most probable pairs of a rectangle. Every task keeps its own best few in order; the order is total (larger, then earlier row,
// then earlier key), so that merging them gives the same list for any number of workers.
#include "map_pairs.h"

#include <stdlib.h>
#include <string.h>

namespace headscope::cpu::HS_ISA {
namespace {

bool before(const hs_pair& a, const hs_pair& b) {
  if (a.p != b.p) return a.p > b.p;
  return a.q != b.q ? a.q < b.q : a.k < b.k;
}

// The first `most_kept` pairs of a stream, in order.
struct Best {
  hs_pair* pairs;
  int64_t count, most_kept;

  float threshold() const { return count < most_kept ? 0.0f : pairs[count - 1].p; }
  void offer(const hs_pair& pair) {
    if (count == most_kept && !before(pair, pairs[count - 1])) return;
    int64_t lo = 0, hi = count;
    while (lo < hi) {
      const int64_t mid = (lo + hi) / 2;
      if (before(pairs[mid], pair)) lo = mid + 1; else hi = mid;
    }
    const int64_t moved = (count < most_kept ? count : most_kept - 1) - lo;
    memmove(pairs + lo + 1, pairs + lo, (size_t)moved * sizeof(hs_pair));
    pairs[lo] = pair;
    if (count < most_kept) ++count;
  }
};

struct PairPass {
  Outcome outcome;
  const hs_exec* exec;
  HeadView head;
  const MaskIndex* mask;
  MapRect rect;
  int64_t wanted, slabs, groups;
  hs_pair* pairs = nullptr;  // [slabs * groups, wanted]
  int64_t* counts = nullptr;
  int64_t done = 0;

  ~PairPass() {
    free(pairs);
    free(counts);
  }
  int64_t key_of(int64_t group) const { return rect.k0 + group * (rect.k1 - rect.k0) / groups; }

  void run(int64_t task) {
    const int64_t slab = slabs - 1 - task / groups, group = task % groups;
    const int64_t first = rect.q0 + slab * kSlabRows, last = least(first + kSlabRows, rect.q1);
    Best best = {pairs + task * wanted, 0, wanted};
    const MapRect own = {first, last, key_of(group), key_of(group + 1)};
    for_strips(outcome, head, mask, own, [&](const float* strip, int64_t row0, int32_t rows, int64_t key0, int64_t keys) {
      for (int32_t t = 0; t < rows; ++t) {
        const float* row = strip + t * kPanel;
        f32v top = load(row);
#pragma GCC unroll 4
        for (int v = 1; v < kPanelVectors; ++v) top = max(top, load(row + v * kLanes));
        if (reduce_max(top) < best.threshold()) continue;
        for (int64_t x = 0; x < keys; ++x)
          if (row[x] > 0 && row[x] >= best.threshold()) best.offer({row0 + t, key0 + x, row[x]});
      }
    });
    counts[task] = best.count;
    const int64_t finished = __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)finished / (double)(slabs * groups));
  }
};

}  // namespace

hs_status strongest(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0,
                    int64_t k1, int64_t count, hs_pair* out, int64_t* found) {
  if (const char* fault = head_fault(*heads, head, lse)) return fail(HS_INVALID, fault);
  const MapRect rect = {q0, q1, k0, k1};
  if (const char* fault = rect_fault(rect, heads->rows)) return fail(HS_INVALID, fault);
  if (dropped_by && dropped_by->rows != heads->rows) return fail(HS_INVALID, "a mask of another input");
  if (count < 1 || count > 65536) return fail(HS_INVALID, "no pairs, or too many, asked for");
  PairPass pass;
  pass.exec = exec;
  pass.head = head_view(*heads, head, lse);
  pass.mask = dropped_by;
  pass.rect = rect;
  pass.wanted = count;
  pass.slabs = up(q1 - q0, kSlabRows);
  pass.groups = pass.slabs >= kEnoughTasks ? 1 : most(1, least(up(kEnoughTasks, pass.slabs), (k1 - k0) / kGroupKeys));
  const int64_t tasks = pass.slabs * pass.groups;
  pass.pairs = (hs_pair*)malloc((size_t)(tasks * count) * sizeof(hs_pair));
  pass.counts = (int64_t*)calloc((size_t)tasks, sizeof(int64_t));
  if (!pass.pairs || !pass.counts) return fail(HS_OUT_OF_MEMORY, "no memory for the strongest pairs of a rectangle");
  const hs_status status = run_tasks(exec, tasks, pass);
  if (status != HS_OK) return status;
  Best best = {out, 0, count};
  for (int64_t task = 0; task < tasks; ++task)
    for (int64_t t = 0; t < pass.counts[task]; ++t) best.offer(pass.pairs[task * count + t]);
  *found = best.count;
  return HS_OK;
}

}  // namespace headscope::cpu::HS_ISA
