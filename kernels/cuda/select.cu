// A budget's choice by a radix threshold: no sort, no list of a million candidates.
//
// Scores become keys whose ascending order is the order of choice. One block a choice finds the key of the last score that is taken, eight bits a pass from the
// top: a histogram of the keys that share the bits found so far, and the bin in which the count is reached. Then it walks the scores once more in
// ascending order and writes down every index whose key is below that one, and as many of those equal to it as are left, the first ones:
// positions by sums over the block, so the list is ascending and nothing depends on the order of threads. Five reads of the scores in all, from the
// second-level cache. Shared memory: the histogram and a warp's counts. Never run on a device yet.
#include "select.h"

#include "ptx/barrier.h"
#include "ptx/bfloat16.h"
#include "ptx/shared.h"
#include "ptx/warp.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 512, kWarps = kThreads / kWarp, kEach = 4, kBits = 8, kBins = 1 << kBits;

// Ascending keys are descending scores; NaN comes last, and both zeros are one.
HS_DEVICE uint32_t key_of(float score) {
  if (score != score) return 0xffffffffu;
  const uint32_t bits = bits_of_float(score + 0.0f);
  return bits >> 31 ? bits : ~bits & 0x7fffffffu;
}

// What the threads before this one have, and all together. counts: shared, [kWarps + 1]; all threads call it.
struct Places {
  int before, all;
};
HS_DEVICE Places places_of(int count, const Shared<int32_t>& counts) {
  int up_to = count;
#pragma unroll
  for (int delta = 1; delta < kWarp; delta *= 2) {
    const int lower = shuffle_up(up_to, delta);
    if (lane_index() >= delta) up_to += lower;
  }
  sync_block();  // the counts before have been read
  if (lane_index() == kWarp - 1) counts[warp_index()] = up_to;
  sync_block();
  int before = up_to - count, all = 0;
  for (int w = 0; w < kWarps; ++w) {
    const int32_t of_warp = counts[w];
    if (w < warp_index()) before += of_warp;
    all += of_warp;
  }
  return {before, all};
}

__global__ void __launch_bounds__(kThreads) select_kernel(const Selection* selections) {
  const Selection s = selections[blockIdx.x];
  const Shared<int32_t> bins(shared_start(), kBins), counts(shared_start() + kBins * 4, kWarps), found(shared_start() + (kBins + kWarps) * 4, 2);
  for (int i = thread_index(); i < s.forced && i < s.budget; i += kThreads) s.list[i] = i;
  int left = s.budget - s.forced;  // to take by score
  if (left <= 0) return;

  uint32_t prefix = 0;
  for (int shift = 32 - kBits; shift >= 0; shift -= kBits) {
    for (int i = thread_index(); i < kBins; i += kThreads) bins[i] = 0;
    sync_block();
    for (int64_t i = s.forced + thread_index(); i < s.n; i += kThreads) {
      const uint32_t key = key_of(s.scores[i]);
      if (shift == 32 - kBits || key >> (shift + kBits) == prefix) atomic_add(bins, static_cast<int>(key >> shift & (kBins - 1)), 1);
    }
    sync_block();
    if (thread_index() == 0) {
      int bin = 0, below = 0;
      for (;; ++bin) {
        const int32_t here = bins[bin];
        if (below + here >= left) break;
        below += here;
      }
      found[0] = bin;
      found[1] = below;
    }
    sync_block();
    const int32_t bin = found[0], below = found[1];
    prefix = prefix << kBits | static_cast<uint32_t>(bin);
    left -= below;
  }

  // `left` of the keys equal to the prefix are taken; all below it are.
  int written = s.forced;
  for (int64_t first = s.forced; first < s.n; first += kThreads * kEach) {
    const int64_t mine = first + thread_index() * kEach;
    uint32_t keys[kEach];
    int equal = 0;
#pragma unroll
    for (int e = 0; e < kEach; ++e) {
      keys[e] = mine + e < s.n ? key_of(s.scores[mine + e]) : 0xffffffffu;
      equal += mine + e < s.n && keys[e] == prefix ? 1 : 0;
    }
    const Places ties = places_of(equal, counts);
    int rank = ties.before, taken = 0;
    bool take[kEach];
#pragma unroll
    for (int e = 0; e < kEach; ++e) {
      const bool there = mine + e < s.n, tie = there && keys[e] == prefix;
      take[e] = there && (keys[e] < prefix || (tie && rank < left));
      rank += tie ? 1 : 0;
      taken += take[e] ? 1 : 0;
    }
    const Places places = places_of(taken, counts);
    int at = written + places.before;
#pragma unroll
    for (int e = 0; e < kEach; ++e)
      if (take[e]) s.list[at++] = static_cast<int32_t>(mine + e);
    written += places.all;
    left -= ties.all < left ? ties.all : left;
  }
}

}  // namespace

hs_status select_budgets(const Selection* selections, int64_t count) {
  return count < 1 ? HS_OK : launch("select", select_kernel, {count, kThreads, (kBins + kWarps + 2) * 4}, selections);
}

}  // namespace headscope::cuda
