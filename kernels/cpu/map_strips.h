// A rectangle of a head's map walked in strips: keys along the vector lanes, so that a strip is a few rows of a panel of keys. With a
// mask only the pairs that it drops are left in a strip, and a panel that drops none of them is never multiplied.
#pragma once

#include "../common/mask_bits.h"
#include "probabilities.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {

inline constexpr int64_t kSlabRows = 256;   // rows that share a transposed panel of keys
inline constexpr int64_t kGroupKeys = 256;  // keys of a task where there are too few slabs
inline constexpr int64_t kEnoughTasks = 32;
static_assert(kPanel <= 64, "a panel's keys are the bits of one word");

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Half-open: rows [q0, q1), keys [k0, k1).
struct MapRect {
  int64_t q0, q1, k0, k1;
};

static inline const char* rect_fault(const MapRect& r, int64_t n) {
  return r.q0 < 0 || r.q1 <= r.q0 || r.q1 > n || r.k0 < 0 || r.k1 <= r.k0 || r.k1 > n ? "a rectangle outside the map" : nullptr;
}

// The work memory of a task: a panel of keys and a strip.
struct StripWork {
  float* keys;
  float* strip;
};
static inline bool strip_work(int32_t d, StripWork* work) {
  float* memory = scratch((int64_t)d * kPanel + (kStrip + kKeySlack) * kPanel);
  if (!memory) return false;
  *work = {memory, memory + (int64_t)d * kPanel};
  return true;
}

static inline void fill_keys(const HeadView& head, int64_t key0, int64_t count, float* keys) {
  transpose_panel(head.k + key0 * head.d, head.d, count, head.d, head.scale, keys);
}

// Of rows [row0, row0 + rows): bit t of dropped[r] says that the row sees key key0 + t and the mask drops it. False where nothing is.
static inline bool dropped_keys(const MaskIndex& mask, int64_t row0, int32_t rows, int64_t key0, int64_t keys, uint64_t* dropped) {
  uint64_t any = 0, listed = 0;
  int64_t listed_of = -1;  // a list is searched once for all the rows that share it
  for (int32_t t = 0; t < rows; ++t) {
    const int64_t row = row0 + t;
    uint64_t kept;
    if (mask.kind == kMaskBlocks || mask.kind == kMaskCompat) {
      const int64_t of = row / (mask.kind == kMaskBlocks ? mask.block_size : kTile);
      if (of != listed_of) listed = mask.kind == kMaskBlocks ? block_keys(mask, of, key0) : compat_keys(mask, of, key0);
      listed_of = of;
      kept = listed;
    } else {
      kept = row_mask(mask, row, key0);
    }
    any |= dropped[t] = row < key0 ? 0 : ~kept & low_bits(least(keys, row - key0 + 1));
  }
  return any != 0;
}

// Calls visit(strip, row0, rows, key0, keys) for the strips of a rectangle that may hold anything, rows ascending in every panel of
// keys. strip: [rows, kPanel], 0 above the diagonal, before the window and where `mask` (may be nullptr) keeps; past `keys` it means nothing without a
// mask. Ends early where the call was stopped.
template <class Visit>
static inline void for_strips(Outcome& outcome, const HeadView& head, const MaskIndex* mask, const MapRect& r, Visit visit) {
  StripWork work;
  if (!strip_work(head.d, &work)) return outcome.stop(HS_OUT_OF_MEMORY);
  uint64_t dropped[kStrip];
  for (int64_t key0 = r.k0; key0 < r.k1 && key0 < r.q1; key0 += kPanel) {
    const int64_t keys = least(kPanel, r.k1 - key0);
    const int64_t past = least(r.q1, head.past_rows(key0, keys));  // rows from here on have none of these keys in their window
    bool filled = false;
    for (int64_t row0 = most(r.q0, key0); row0 < past; row0 += kStrip) {
      if (outcome.stopped()) return;
      const int32_t rows = (int32_t)least(kStrip, past - row0);
      if (mask && !dropped_keys(*mask, row0, rows, key0, keys, dropped)) continue;
      if (!filled) fill_keys(head, key0, keys, work.keys);
      filled = true;
      row_strip(head, work.keys, key0, row0, rows, work.strip);
      if (mask)
        for (int32_t t = 0; t < rows; ++t)
#pragma GCC unroll 4
          for (int v = 0; v < kPanelVectors; ++v) {
            float* p = work.strip + t * kPanel + v * kLanes;
            store(p, select((uint32_t)(dropped[t] >> (v * kLanes)), load(p), 0));
          }
      visit(work.strip, row0, rows, key0, keys);
    }
  }
}

}  // namespace headscope::cpu::HS_ISA
