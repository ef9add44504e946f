// Exact tiles of a head's attention map, recomputed from its log-sum-exp: every element of a rectangle, or a picture of it.
//
// Keys lie along the vector lanes, so that strips are rows of the map. A picture first sums (or maximises) the rows of a cell, an
// addition of vectors, then the lanes of that sum go to their cells in float64. Tasks depend on the shapes alone and partial cells
// are merged in order, so the result does not depend on the number of workers.
#include <stdlib.h>
#include <string.h>

#include "../common/window.h"
#include "probabilities.h"
#include "profiles.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int64_t kSlabRows = 256;   // rows that share a transposed panel of keys
constexpr int64_t kGroupKeys = 256;  // keys of a task where there are too few slabs
constexpr int64_t kEnoughTasks = 32;

int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The work memory of a task: a panel of keys and a strip.
struct Work {
  float* keys;
  float* strip;
};
bool work_memory(int32_t d, Work* work) {
  float* memory = scratch((int64_t)d * kPanel + (kStrip + kKeySlack) * kPanel);
  if (!memory) return false;
  *work = {memory, memory + (int64_t)d * kPanel};
  return true;
}

void fill_keys(const HeadView& head, int64_t key0, int64_t count, float* keys) {
  transpose_panel(head.k + key0 * head.d, head.d, count, head.d, head.scale, keys);
}

// Every element: out is [q1 - q0, k1 - k0].
struct ElementPass {
  Outcome outcome;
  HeadView head;
  int64_t q0, q1, k0, k1, groups;
  float* out;

  void run(int64_t task) {
    const int64_t r0 = q0 + task / groups * kSlabRows, r1 = least(r0 + kSlabRows, q1);
    const int64_t g0 = k0 + task % groups * kGroupKeys, g1 = least(g0 + kGroupKeys, k1);
    const int64_t width = k1 - k0;
    Work work;
    if (!work_memory(head.d, &work)) return outcome.stop(HS_OUT_OF_MEMORY);
    for (int64_t key0 = g0; key0 < g1; key0 += kPanel) {
      if (outcome.stopped()) return;
      const int64_t keys = least(kPanel, g1 - key0);
      const int64_t first = most(r0, least(key0, r1));  // rows before it see none of these keys
      const int64_t past = most(first, least(r1, head.past_rows(key0, keys)));  // nor do those from it on
      for (int64_t i = r0; i < r1; ++i)
        if (i < first || i >= past) memset(out + (i - q0) * width + (key0 - k0), 0, (size_t)keys * sizeof(float));
      if (first == past) continue;
      fill_keys(head, key0, keys, work.keys);
      for (int64_t row0 = first; row0 < past; row0 += kStrip) {
        const int32_t rows = (int32_t)least(kStrip, past - row0);
        row_strip(head, work.keys, key0, row0, rows, work.strip);
        for (int32_t t = 0; t < rows; ++t) {
          float* to = out + (row0 + t - q0) * width + (key0 - k0);
          if (keys == kPanel) memcpy(to, work.strip + t * kPanel, kPanel * sizeof(float));  // a known size needs no call
          else memcpy(to, work.strip + t * kPanel, (size_t)keys * sizeof(float));
        }
      }
    }
  }
};

// Rows [first, last) that one task walks: whole cell rows [cell0, cell1), or a part of the one tall cell row cell0.
struct Slab {
  int64_t first, last, cell0, cell1;
  int64_t part;  // of `parts` where its first cell row is summed
};

// A grid of cells no smaller than an element: cell row y covers rows [row_of(y), row_of(y + 1)).
struct CellPass {
  Outcome outcome;
  const hs_exec* exec;
  HeadView head;
  int64_t q0, q1, k0, k1, grid_width, grid_height;
  hs_aggregate aggregate;
  Slab* slabs = nullptr;
  int64_t slab_count = 0, part_count = 0, groups = 1;
  double* parts = nullptr;       // [part_count, grid_width]
  int32_t* cell_of_key = nullptr;  // [k1 - k0]
  int64_t done = 0;

  ~CellPass() {
    free(slabs);
    free(parts);
    free(cell_of_key);
  }
  int64_t row_of(int64_t y) const { return q0 + y * (q1 - q0) / grid_height; }
  int64_t key_of(int64_t x) const { return k0 + x * (k1 - k0) / grid_width; }

  hs_status begin() {
    const int64_t rows = q1 - q0, tall = most(kSlabRows, up(rows, kSlabRows));
    slabs = (Slab*)malloc((size_t)(grid_height + rows / tall + 1) * sizeof(Slab));
    if (!slabs) return fail(HS_OUT_OF_MEMORY, "no memory for the row slabs of a tile");
    for (int64_t y = 0; y < grid_height;) {
      const int64_t first = row_of(y);
      int64_t end = y + 1;
      while (end < grid_height && row_of(end + 1) - first <= kSlabRows) ++end;
      if (end == y + 1 && row_of(end) - first > tall) {
        for (int64_t r = first; r < row_of(end); r += tall) slabs[slab_count++] = {r, least(r + tall, row_of(end)), y, end, part_count++};
      } else {
        slabs[slab_count++] = {first, row_of(end), y, end, part_count};
        part_count += end - y;
      }
      y = end;
    }
    groups = slab_count >= kEnoughTasks ? 1 : most(1, least(least(grid_width, up(kEnoughTasks, slab_count)), (k1 - k0) / kGroupKeys));
    parts = (double*)calloc((size_t)(part_count * grid_width), sizeof(double));
    cell_of_key = (int32_t*)malloc((size_t)(k1 - k0) * sizeof(int32_t));
    if (!parts || !cell_of_key) return fail(HS_OUT_OF_MEMORY, "no memory for the cells of a tile");
    for (int64_t x = 0; x < grid_width; ++x)
      for (int64_t j = key_of(x); j < key_of(x + 1); ++j) cell_of_key[j - k0] = (int32_t)x;
    return HS_OK;
  }

  void run(int64_t task) {
    const Slab& slab = slabs[slab_count - 1 - task / groups];
    const int64_t group = task % groups;
    const int64_t g0 = key_of(group * grid_width / groups), g1 = least(key_of((group + 1) * grid_width / groups), slab.last);
    Work work;
    if (!work_memory(head.d, &work)) return outcome.stop(HS_OUT_OF_MEMORY);
    for (int64_t key0 = g0; key0 < g1; key0 += kPanel) {
      const int64_t keys = least(kPanel, g1 - key0), past = least(slab.last, head.past_rows(key0, keys));
      if (slab.first >= past) continue;
      fill_keys(head, key0, keys, work.keys);
      int64_t y = slab.cell0;
      for (int64_t row0 = most(slab.first, key0); row0 < past; row0 += kStrip) {
        if (outcome.stopped()) return;
        const int32_t rows = (int32_t)least(kStrip, past - row0);
        row_strip(head, work.keys, key0, row0, rows, work.strip);
        for (int32_t t = 0; t < rows;) {
          while (row_of(y + 1) <= row0 + t) ++y;
          const int32_t end = (int32_t)least(rows, row_of(y + 1) - row0);
          add_rows(work.strip + t * kPanel, end - t, key0 - k0, keys, parts + (slab.part + y - slab.cell0) * grid_width);
          t = end;
        }
      }
    }
    const int64_t finished = __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)finished / (double)(slab_count * groups));
  }

  void add_rows(const float* strip, int32_t rows, int64_t key, int64_t keys, double* cells) const {
    f32v folded[kPanelVectors];
    const bool largest = aggregate == HS_MAX;
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) folded[v] = load(strip + v * kLanes);
    for (int32_t t = 1; t < rows; ++t)
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) {
        const f32v x = load(strip + t * kPanel + v * kLanes);
        folded[v] = largest ? max(folded[v], x) : folded[v] + x;
      }
    float lanes[kPanel];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(lanes + v * kLanes, folded[v]);
    for (int64_t t = 0; t < keys; ++t) {
      double* cell = cells + cell_of_key[key + t];
      if (largest) *cell = *cell > (double)lanes[t] ? *cell : (double)lanes[t];
      else *cell += (double)lanes[t];
    }
  }

  // Merges the parts of tall cell rows into their first, and finds where each cell row lies: row_part [grid_height].
  void merge(int64_t* row_part) const {
    for (int64_t s = slab_count - 1; s >= 0; --s)
      for (int64_t y = slabs[s].cell0; y < slabs[s].cell1; ++y) row_part[y] = slabs[s].part + y - slabs[s].cell0;
    for (int64_t s = 0; s < slab_count; ++s) {
      const int64_t to = row_part[slabs[s].cell0];
      if (slabs[s].part == to) continue;
      for (int64_t x = 0; x < grid_width; ++x) {
        double* cell = parts + to * grid_width + x;
        const double more = parts[slabs[s].part * grid_width + x];
        if (aggregate == HS_MAX) *cell = *cell > more ? *cell : more;
        else *cell += more;
      }
    }
  }

  float value(const int64_t* row_part, int64_t y, int64_t x) const {
    const double cell = parts[row_part[y] * grid_width + x];
    if (aggregate != HS_MEAN) return (float)cell;
    const double count = (double)attended_pairs(row_of(y), row_of(y + 1), key_of(x), key_of(x + 1), head.window);
    return count > 0 ? (float)(cell / count) : 0.0f;
  }
};

hs_status tile(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
               int64_t width, int64_t height, hs_aggregate aggregate, float* out) {
  if (const char* fault = head_fault(*heads, head, lse)) return fail(HS_INVALID, fault);
  if (q0 < 0 || q1 <= q0 || q1 > heads->rows || k0 < 0 || k1 <= k0 || k1 > heads->rows) return fail(HS_INVALID, "a rectangle outside the map");
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) return fail(HS_INVALID, "a picture without cells");
  if (aggregate != HS_SUM && aggregate != HS_MAX && aggregate != HS_MEAN) return fail(HS_INVALID, "an unknown aggregate");
  const int64_t rows = q1 - q0, columns = k1 - k0;
  const HeadView view = head_view(*heads, head, lse);
  if (width == columns && height == rows) {
    ElementPass pass;
    pass.head = view;
    pass.q0 = q0, pass.q1 = q1, pass.k0 = k0, pass.k1 = k1;
    pass.groups = up(columns, kGroupKeys);
    pass.out = out;
    return run_tasks(exec, up(rows, kSlabRows) * pass.groups, pass);
  }
  if (k0 >= q1) {
    memset(out, 0, (size_t)(width * height) * sizeof(float));
    return HS_OK;
  }
  CellPass pass;
  pass.exec = exec;
  pass.head = view;
  pass.q0 = q0, pass.q1 = q1, pass.k0 = k0, pass.k1 = k1;
  pass.grid_width = least(width, columns);
  pass.grid_height = least(height, rows);
  pass.aggregate = aggregate;
  hs_status status = pass.begin();
  if (status == HS_OK) status = run_tasks(exec, pass.slab_count * pass.groups, pass);
  if (status != HS_OK) return status;
  int64_t* const row_part = (int64_t*)malloc((size_t)pass.grid_height * sizeof(int64_t));
  if (!row_part) return fail(HS_OUT_OF_MEMORY, "no memory for the rows of a tile");
  pass.merge(row_part);
  // Where there are more cells than elements a cell shows the element that holds its start.
  for (int64_t y = 0; y < height; ++y) {
    const int64_t from_y = height > rows ? y * rows / height : y;
    for (int64_t x = 0; x < width; ++x) out[y * width + x] = pass.value(row_part, from_y, width > columns ? x * columns / width : x);
  }
  free(row_part);
  return HS_OK;
}

}  // namespace

void fill_maps(headscope_backend_v1* table) {
  table->tile = tile;
  table->profiles = profiles;
}

}  // namespace headscope::cpu::HS_ISA
