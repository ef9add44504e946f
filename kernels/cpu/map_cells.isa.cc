// A picture first sums (or maximises) the rows of a cell, an addition of vectors, then the lanes of that sum go to their cells in
// float64. Tasks depend on the shapes alone and partial cells are merged in order, so the result does not depend on the number of
// workers.
#include "map_cells.h"

#include "../common/window.h"

#include <stdlib.h>
#include <string.h>

namespace headscope::cpu::HS_ISA {
namespace {

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
  const MaskIndex* mask;
  MapRect rect;
  int64_t grid_width, grid_height;
  bool want_sum, want_max;
  Slab* slabs = nullptr;
  int64_t slab_count = 0, part_count = 0, groups = 1;
  double* sums = nullptr;        // [part_count, grid_width]
  float* tops = nullptr;         // the same, largest
  int32_t* cell_of_key = nullptr;  // [k1 - k0]
  int64_t done = 0;

  ~CellPass() {
    free(slabs);
    free(sums);
    free(tops);
    free(cell_of_key);
  }
  int64_t row_of(int64_t y) const { return rect.q0 + y * (rect.q1 - rect.q0) / grid_height; }
  int64_t key_of(int64_t x) const { return rect.k0 + x * (rect.k1 - rect.k0) / grid_width; }

  hs_status begin() {
    const int64_t rows = rect.q1 - rect.q0, tall = most(kSlabRows, up(rows, kSlabRows));
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
    groups = slab_count >= kEnoughTasks ? 1 : most(1, least(least(grid_width, up(kEnoughTasks, slab_count)), (rect.k1 - rect.k0) / kGroupKeys));
    if (want_sum) sums = (double*)calloc((size_t)(part_count * grid_width), sizeof(double));
    if (want_max) tops = (float*)calloc((size_t)(part_count * grid_width), sizeof(float));
    cell_of_key = (int32_t*)malloc((size_t)(rect.k1 - rect.k0) * sizeof(int32_t));
    if ((want_sum && !sums) || (want_max && !tops) || !cell_of_key) return fail(HS_OUT_OF_MEMORY, "no memory for the cells of a tile");
    for (int64_t x = 0; x < grid_width; ++x)
      for (int64_t j = key_of(x); j < key_of(x + 1); ++j) cell_of_key[j - rect.k0] = (int32_t)x;
    return HS_OK;
  }

  void run(int64_t task) {
    const Slab& slab = slabs[slab_count - 1 - task / groups];
    const int64_t group = task % groups;
    const MapRect own = {slab.first, slab.last, key_of(group * grid_width / groups), least(key_of((group + 1) * grid_width / groups), slab.last)};
    int64_t y = slab.cell0, panel = -1;
    for_strips(outcome, head, mask, own, [&](const float* strip, int64_t row0, int32_t rows, int64_t key0, int64_t keys) {
      if (panel != key0) y = slab.cell0;
      panel = key0;
      for (int32_t t = 0; t < rows;) {
        while (row_of(y + 1) <= row0 + t) ++y;
        const int32_t end = (int32_t)least(rows, row_of(y + 1) - row0);
        const int64_t cells = (slab.part + y - slab.cell0) * grid_width;
        if (want_sum) add_rows(strip + t * kPanel, end - t, key0 - rect.k0, keys, sums + cells);
        if (want_max) raise_rows(strip + t * kPanel, end - t, key0 - rect.k0, keys, tops + cells);
        t = end;
      }
    });
    const int64_t finished = __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)finished / (double)(slab_count * groups));
  }

  void add_rows(const float* strip, int32_t rows, int64_t key, int64_t keys, double* cells) const {
    f32v folded[kPanelVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) folded[v] = load(strip + v * kLanes);
    for (int32_t t = 1; t < rows; ++t)
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) folded[v] += load(strip + t * kPanel + v * kLanes);
    float lanes[kPanel];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(lanes + v * kLanes, folded[v]);
    for (int64_t t = 0; t < keys; ++t) cells[cell_of_key[key + t]] += (double)lanes[t];
  }

  void raise_rows(const float* strip, int32_t rows, int64_t key, int64_t keys, float* cells) const {
    f32v folded[kPanelVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) folded[v] = load(strip + v * kLanes);
    for (int32_t t = 1; t < rows; ++t)
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) folded[v] = max(folded[v], load(strip + t * kPanel + v * kLanes));
    float lanes[kPanel];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(lanes + v * kLanes, folded[v]);
    for (int64_t t = 0; t < keys; ++t) {
      float* cell = cells + cell_of_key[key + t];
      *cell = *cell > lanes[t] ? *cell : lanes[t];
    }
  }

  // Merges the parts of tall cell rows into their first, and finds where each cell row lies: row_part [grid_height].
  void merge(int64_t* row_part) const {
    for (int64_t s = slab_count - 1; s >= 0; --s)
      for (int64_t y = slabs[s].cell0; y < slabs[s].cell1; ++y) row_part[y] = slabs[s].part + y - slabs[s].cell0;
    for (int64_t s = 0; s < slab_count; ++s) {
      const int64_t to = row_part[slabs[s].cell0] * grid_width, from = slabs[s].part * grid_width;
      if (from == to) continue;
      for (int64_t x = 0; x < grid_width; ++x) {
        if (want_sum) sums[to + x] += sums[from + x];
        if (want_max) tops[to + x] = tops[to + x] > tops[from + x] ? tops[to + x] : tops[from + x];
      }
    }
  }
};

}  // namespace

hs_status map_cells(const hs_exec* exec, const HeadView& head, const MaskIndex* mask, const MapRect& rect, int64_t width, int64_t height, const CellPlanes& out) {
  const int64_t rows = rect.q1 - rect.q0, columns = rect.k1 - rect.k0;
  if (rect.k0 >= rect.q1) {
    float* const planes[] = {out.max, out.sum, out.mean};
    for (float* plane : planes)
      if (plane) memset(plane, 0, (size_t)(width * height) * sizeof(float));
    return HS_OK;
  }
  CellPass pass;
  pass.exec = exec;
  pass.head = head;
  pass.mask = mask;
  pass.rect = rect;
  pass.grid_width = least(width, columns);
  pass.grid_height = least(height, rows);
  pass.want_sum = out.sum || out.mean;
  pass.want_max = out.max != nullptr;
  hs_status status = pass.begin();
  if (status == HS_OK) status = run_tasks(exec, pass.slab_count * pass.groups, pass);
  if (status != HS_OK) return status;
  int64_t* const row_part = (int64_t*)malloc((size_t)pass.grid_height * sizeof(int64_t));
  if (!row_part) return fail(HS_OUT_OF_MEMORY, "no memory for the rows of a tile");
  pass.merge(row_part);
  // Where there are more cells than elements a cell shows the element that holds its start.
  for (int64_t y = 0; y < height; ++y) {
    const int64_t from_y = height > rows ? y * rows / height : y;
    for (int64_t x = 0; x < width; ++x) {
      const int64_t from_x = width > columns ? x * columns / width : x, cell = row_part[from_y] * pass.grid_width + from_x;
      if (out.sum) out.sum[y * width + x] = (float)pass.sums[cell];
      if (out.max) out.max[y * width + x] = pass.tops[cell];
      if (!out.mean) continue;
      const double count = (double)attended_pairs(pass.row_of(from_y), pass.row_of(from_y + 1), pass.key_of(from_x), pass.key_of(from_x + 1), head.window);
      out.mean[y * width + x] = count > 0 ? (float)(pass.sums[cell] / count) : 0.0f;
    }
  }
  free(row_part);
  return HS_OK;
}

}  // namespace headscope::cpu::HS_ISA
