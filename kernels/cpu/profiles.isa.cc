// Column and distance mass of a head: one pass over its probabilities. A task owns a range of keys, so columns need no reduction;
// the distance sums of the tasks are added in the order of the ranges, which depend on the number of rows alone.
#include "profiles.h"

#include <stdlib.h>
#include <string.h>

#include "probabilities.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int64_t kRanges = 24, kTileRows = 64, kFlushRows = 1024;

struct ProfilePass {
  Outcome outcome;
  const hs_exec* exec;
  HeadView head;
  double* column_mass;
  int64_t ranges;
  double* distances = nullptr;  // [ranges, rows], of range r only the distances below rows - its first key are used
  int64_t done = 0;

  ~ProfilePass() { free(distances); }

  // Ranges of equal area under the diagonal.
  int64_t first_key(int64_t range) const {
    if (range >= ranges) return head.rows;
    const double rest = __builtin_sqrt(1 - (double)range / (double)ranges);
    return (int64_t)((1 - rest) * (double)head.rows) / kTileRows * kTileRows;
  }

  void run(int64_t task) {
    const int64_t k0 = first_key(task), k1 = first_key(task + 1);
    const int64_t width = (kFlushRows + (k1 - k0) + 2 * kPanel + 15) / 16 * 16;
    float* memory = scratch(width + (kStrip + kKeySlack) * kPanel + kTileRows * head.d);
    if (!memory) return outcome.stop(HS_OUT_OF_MEMORY);
    float* const sums = memory;
    float* const strip = sums + width;
    float* const queries = strip + (kStrip + kKeySlack) * kPanel;
    memset(column_mass + k0, 0, (size_t)(k1 - k0) * sizeof(double));
    double* const own = distances + task * head.rows;
    memset(own, 0, (size_t)(head.rows - k0) * sizeof(double));
    const int64_t past = head.past_rows(k0, k1 - k0);
    for (int64_t first = k0; first < past; first += kFlushRows) {
      const int64_t last = first + kFlushRows < past ? first + kFlushRows : past;
      const int64_t base = first - (k1 - 1);  // the distance of sums[0]
      memset(sums, 0, (size_t)width * sizeof(float));
      for (int64_t row0 = first; row0 < last; row0 += kTileRows)
        if (!add_tile(row0, row0 + kTileRows < last ? row0 + kTileRows : last, k0, k1, base, sums, strip, queries)) return;
      const int64_t end = last - k0 - base;
      for (int64_t x = base < 0 ? -base : 0; x < end; ++x) own[base + x] += (double)sums[x];
    }
    const int64_t finished = __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)finished / (double)ranges);
  }

  // False where the call was stopped.
  bool add_tile(int64_t first, int64_t last, int64_t k0, int64_t k1, int64_t base, float* sums, float* strip, float* queries) {
    QueryPanel panels[kTileRows / kPanel];
    int count = 0;
    for (int64_t row0 = first; row0 < last; row0 += kPanel, ++count) {
      panels[count].queries = queries + (int64_t)count * head.d * kPanel;
      fill_panel(head, row0, last - row0 < kPanel ? last - row0 : kPanel, &panels[count]);
    }
    for (int64_t key0 = k0; key0 < k1 && key0 < last; key0 += kStrip) {
      if (outcome.stopped()) return false;
      for (int p = 0; p < count; ++p) {
        const int64_t row_end = panels[p].row0 + panels[p].rows;
        const int64_t visible = (row_end < k1 ? row_end : k1) - key0;
        if (visible <= 0 || key0 + kStrip <= head.first_seen(panels[p].row0)) continue;
        const int32_t keys = visible < kStrip ? (int32_t)visible : kStrip;
        key_strip(head, panels[p], key0, keys, strip);
        for (int32_t t = 0; t < keys; ++t) {
          float* to = sums + (panels[p].row0 - (key0 + t) - base);
          f32v column = {};
#pragma GCC unroll 4
          for (int v = 0; v < kPanelVectors; ++v) {
            const f32v x = load(strip + t * kPanel + v * kLanes);
            store(to + v * kLanes, load(to + v * kLanes) + x);
            column += x;
          }
          column_mass[key0 + t] += (double)reduce_add(column);
        }
      }
    }
    return true;
  }
};

}  // namespace

hs_status profiles(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, double* column_mass, double* distance_mass) {
  if (const char* fault = head_fault(*heads, head, lse)) return fail(HS_INVALID, fault);
  const int64_t n = heads->rows, tiles = (n + kTileRows - 1) / kTileRows;
  ProfilePass pass;
  pass.exec = exec;
  pass.head = head_view(*heads, head, lse);
  pass.column_mass = column_mass;
  pass.ranges = tiles < kRanges ? tiles : kRanges;
  pass.distances = (double*)malloc((size_t)(pass.ranges * n) * sizeof(double));
  if (!pass.distances) return fail(HS_OUT_OF_MEMORY, "no memory for the distance sums of a profile");
  const hs_status status = run_tasks(exec, pass.ranges, pass);
  if (status != HS_OK) return status;
  memset(distance_mass, 0, (size_t)n * sizeof(double));
  for (int64_t r = 0; r < pass.ranges; ++r)
    for (int64_t d = 0; d < n - pass.first_key(r); ++d) distance_mass[d] += pass.distances[r * n + d];
  return HS_OK;
}

}  // namespace headscope::cpu::HS_ISA
