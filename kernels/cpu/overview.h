// The 256 x 256 overview that attention leaves of each head, exact and nearly free. While a row tile runs, each row keeps per
// key bin the sum and the largest of exp(score - m), with the running maximum m they refer to; when the row's total is known,
// exp(m - maximum) / total turns them into probabilities. Row bins that end inside a run of row tiles are finished there; the
// two that a run may share with its neighbours go to a slot of the run's own and are added up in order, so that the result does
// not depend on which worker ran what.
#pragma once

#include "../common/overview_bins.h"
#include "attention_tile.h"

namespace headscope::cpu::HS_ISA {

struct BinRow {  // 256 key bins of one row bin
  float sum[kBins], max[kBins];
};

// Consecutive keys [begin, end) of a tile that fall into one bin.
struct Segment {
  int32_t begin, end, bin;
};

// keys: the gathered ones, or NULL for first, first + 1, ... Writes at most `count` segments; returns their number.
static inline int32_t split_by_bin(const int32_t* keys, int64_t first, int32_t count, int64_t n, Segment* segments) {
  int32_t made = 0;
  for (int32_t t = 0; t < count;) {
    Segment s;
    s.begin = t;
    s.bin = (int32_t)bin_of(keys ? keys[t] : first + t, n);
    const int64_t past = bin_start(s.bin + 1, n);
    while (t < count && (keys ? keys[t] : first + t) < past) ++t;
    s.end = t;
    segments[made++] = s;
  }
  return made;
}

// What one panel of rows keeps per key bin.
struct PanelBins {
  float sum[kBins][kPanel], max[kBins][kPanel], reference[kBins][kPanel];
  uint8_t touched[kBins];

  void clear() { __builtin_memset(touched, 0, sizeof touched); }
  // sum, largest: of exp(score - m) over keys of the bin; m never falls.
  void add(int32_t bin, const f32v* m, const f32v* sums, const f32v* largest) {
    for (int v = 0; v < kPanelVectors; ++v) {
      const int at = v * kLanes;
      f32v s = sums[v], x = largest[v];
      if (touched[bin]) {
        const f32v shrink = exp(load(&reference[bin][at]) - m[v]);
        s = fma(load(&sum[bin][at]), shrink, s);
        x = HS_ISA::max(load(&max[bin][at]) * shrink, x);
      }
      store(&sum[bin][at], s);
      store(&max[bin][at], x);
      store(&reference[bin][at], m[v]);
    }
    touched[bin] = 1;
  }
};

// The rows [begin, end) of a tile that fall into one row bin, and where that bin's row is kept.
struct RowSpan {
  int32_t begin, end;
  float *sum, *max;
};

// Adds the bins of one finished tile of `panels` panels. maximum, inverse_total: [panels * kPanel].
static inline void flush_bins(const PanelBins* bins, int panels, const float* maximum, const float* inverse_total, const RowSpan* spans,
                              int32_t span_count) {
  alignas(64) float sums[64], largest[64];
  for (int bin = 0; bin < kBins; ++bin) {
    bool any = false;
    for (int p = 0; p < panels; ++p) {
      any |= bins[p].touched[bin] != 0;
      for (int v = 0; v < kPanelVectors; ++v) {
        const int at = v * kLanes, row = p * kPanel + at;
        f32v s = splat(0), x = splat(0);
        if (bins[p].touched[bin]) {
          const f32v scale = exp(load(&bins[p].reference[bin][at]) - load(maximum + row)) * load(inverse_total + row);
          s = load(&bins[p].sum[bin][at]) * scale;
          x = load(&bins[p].max[bin][at]) * scale;
        }
        store(sums + row, s);
        store(largest + row, x);
      }
    }
    if (!any) continue;
    for (int32_t i = 0; i < span_count; ++i) {
      const RowSpan& span = spans[i];
      float sum = 0, top = 0;
      if (span.end - span.begin < kLanes) {
        for (int32_t r = span.begin; r < span.end; ++r) {
          sum += sums[r];
          top = top > largest[r] ? top : largest[r];
        }
      } else {
        f32v s = splat(0), x = splat(0);
        for (int32_t at = span.begin / kLanes * kLanes; at < span.end; at += kLanes) {
          uint32_t lanes = ~0u;
          if (span.begin > at) lanes &= ~0u << (span.begin - at);
          if (span.end < at + kLanes) lanes &= (1u << (span.end - at)) - 1;
          s += select(lanes, load(sums + at), 0);
          x = HS_ISA::max(x, select(lanes, load(largest + at), 0));
        }
        sum = reduce_add(s);
        top = reduce_max(x);
      }
      span.sum[bin] += sum;
      span.max[bin] = span.max[bin] > top ? span.max[bin] : top;
    }
  }
}

}  // namespace headscope::cpu::HS_ISA
