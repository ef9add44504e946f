// The passes over all probabilities of a head that sum them by what a budget would miss.
//
// surface: an addition per cell into table[column bin][distance bin] would be a scatter. Instead the cells of one column bin are
// summed by distance, float32 rows of consecutive distances, which is an addition of vectors whose lanes are query rows; once a
// stretch of rows and keys is done those sums go through distance_bin into float64. Stretches depend on the shapes alone and are
// reduced in order, so the result does not depend on the number of workers.
#include <stdlib.h>
#include <string.h>

#include "probabilities.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

// The sums of a stretch of kStretchRows x kStretchKeys should stay in the second-level cache for some 64 column bins.
constexpr int64_t kStretchRows = 1024, kStretchKeys = 2048, kFewestRows = 128, kWantedRanges = 16;
constexpr int64_t kTileRows = 64;

struct RowRange {
  int64_t first, last;
  int32_t band;
};

// Cuts every band into ranges of rows; writes at most range_limit() of them.
int64_t range_rows(int64_t rows) {
  const int64_t wanted = (rows / kWantedRanges + kTileRows - 1) / kTileRows * kTileRows;
  return wanted < kFewestRows ? kFewestRows : wanted > kStretchRows ? kStretchRows : wanted;
}
int64_t range_limit(int64_t rows, int32_t bands) { return rows / range_rows(rows) + bands + 1; }
int64_t cut_ranges(const int64_t* band_start, int32_t bands, RowRange* ranges) {
  const int64_t step = range_rows(band_start[bands]);
  int64_t count = 0;
  for (int32_t b = 0; b < bands; ++b)
    for (int64_t first = band_start[b]; first < band_start[b + 1]; first += step)
      ranges[count++] = {first, first + step < band_start[b + 1] ? first + step : band_start[b + 1], b};
  return count;
}

const char* band_fault(const int64_t* band_start, int32_t bands, int64_t rows) {
  if (!band_start || bands < 1 || band_start[0] != 0 || band_start[bands] != rows) return "bands that do not run from the first row to the last";
  for (int32_t b = 0; b < bands; ++b)
    if (band_start[b] > band_start[b + 1]) return "bands that are not ascending";
  return nullptr;
}

// What both passes share: ranges, one float64 table a range, progress, the reduction.
struct Pass {
  Outcome outcome;
  const hs_exec* exec;
  HeadView head;
  RowRange* ranges = nullptr;
  int64_t count = 0;
  double* tables = nullptr;  // [count, cells]
  int64_t cells;
  int64_t cells_done = 0;  // causal cells of finished ranges, atomic

  ~Pass() {
    free(ranges);
    free(tables);
  }
  hs_status begin(const int64_t* band_start, int32_t bands) {
    ranges = (RowRange*)malloc((size_t)range_limit(head.rows, bands) * sizeof(RowRange));
    if (!ranges) return fail(HS_OUT_OF_MEMORY, "no memory for the row ranges of a surface");
    count = cut_ranges(band_start, bands, ranges);
    tables = (double*)calloc((size_t)(count * cells), sizeof(double));
    if (!tables) return fail(HS_OUT_OF_MEMORY, "no memory for the tables of a surface");
    return HS_OK;
  }
  // The longest ranges, which are the last rows, first.
  int64_t range_of(int64_t task) const { return count - 1 - task; }
  void finished(const RowRange& range) {
    const int64_t own = (range.last - range.first) * (range.first + range.last + 1) / 2;
    const int64_t done = __atomic_add_fetch(&cells_done, own, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)done / ((double)head.rows * ((double)head.rows + 1) / 2));
  }
  void reduce(int32_t bands, double* table) const {
    memset(table, 0, (size_t)(bands * cells) * sizeof(double));
    for (int64_t r = 0; r < count; ++r)
      for (int64_t c = 0; c < cells; ++c) table[ranges[r].band * cells + c] += tables[r * cells + c];
  }
};

struct SurfacePass : Pass {
  const hs_surface* call;

  // Adds the sums by distance of one column bin to a row of the table, through the bins of its distances. Four copies, because
  // neighbours often share a bin and an addition would wait for the last one's store.
  void flush(float* sums, const uint8_t* bin, int64_t length, double* row) const {
    double copies[4][256];
    for (int c = 0; c < 4; ++c) memset(copies[c], 0, (size_t)call->distance_bins * sizeof(double));
    int64_t x = 0;
    for (; x + 4 <= length; x += 4) {
      copies[0][bin[x]] += (double)sums[x];
      copies[1][bin[x + 1]] += (double)sums[x + 1];
      copies[2][bin[x + 2]] += (double)sums[x + 2];
      copies[3][bin[x + 3]] += (double)sums[x + 3];
    }
    for (; x < length; ++x) copies[0][bin[x]] += (double)sums[x];
    for (int32_t b = 0; b < call->distance_bins; ++b) row[b] += (copies[0][b] + copies[1][b]) + (copies[2][b] + copies[3][b]);
  }

  void run(int64_t task) {
    const RowRange& range = ranges[range_of(task)];
    const int64_t stride = (range.last - range.first + kStretchKeys + 2 * kPanel + 15) / 16 * 16;
    const int64_t panel_floats = (int64_t)head.d * kPanel;
    float* memory = scratch(call->column_bins * stride + (kStrip + kKeySlack) * kPanel + kTileRows / kPanel * panel_floats);
    if (!memory) return outcome.stop(HS_OUT_OF_MEMORY);
    float* const sums = memory;
    float* const strip = sums + call->column_bins * stride;
    float* const queries = strip + (kStrip + kKeySlack) * kPanel;
    memset(sums, 0, (size_t)(call->column_bins * stride) * sizeof(float));
    double* const table = tables + range_of(task) * cells;

    for (int64_t k0 = head.first_seen(range.first) / kStretchKeys * kStretchKeys; k0 < range.last; k0 += kStretchKeys) {
      const int64_t k1 = k0 + kStretchKeys < range.last ? k0 + kStretchKeys : range.last;
      const int64_t base = range.first - (k1 - 1);  // the distance that sums[...][0] stands for; those below 0 only ever add 0
      uint8_t touched[256] = {};
      for (int64_t j = k0; j < k1; ++j) touched[call->column_bin[j]] = 1;
      for (int64_t row0 = range.first; row0 < range.last; row0 += kTileRows) {
        if (outcome.stopped()) return;
        add_tile(row0, row0 + kTileRows < range.last ? row0 + kTileRows : range.last, k0, k1, base, stride, sums, strip, queries);
      }
      const int64_t from = base < 0 ? -base : 0;
      const int64_t length = range.last - range.first + k1 - k0 - 1;  // distances of the stretch, all below the number of rows
      for (int32_t c = 0; c < call->column_bins; ++c) {
        if (!touched[c]) continue;
        flush(sums + c * stride + from, call->distance_bin + base + from, length - from, table + (int64_t)c * call->distance_bins);
        memset(sums + c * stride, 0, (size_t)stride * sizeof(float));
      }
    }
    finished(range);
  }

  void add_tile(int64_t first, int64_t last, int64_t k0, int64_t k1, int64_t base, int64_t stride, float* sums, float* strip, float* queries) const {
    QueryPanel panels[kTileRows / kPanel];
    int panel_count = 0;
    for (int64_t row0 = first; row0 < last; row0 += kPanel, ++panel_count) {
      panels[panel_count].queries = queries + (int64_t)panel_count * head.d * kPanel;
      fill_panel(head, row0, last - row0 < kPanel ? last - row0 : kPanel, &panels[panel_count]);
    }
    for (int64_t key0 = k0; key0 < k1 && key0 < last; key0 += kStrip) {
      for (int p = 0; p < panel_count; ++p) {
        const QueryPanel& panel = panels[p];
        const int64_t visible = panel.row0 + panel.rows - key0 < k1 - key0 ? panel.row0 + panel.rows - key0 : k1 - key0;
        if (visible <= 0 || key0 + kStrip <= head.first_seen(panel.row0)) continue;
        const int32_t keys = visible < kStrip ? (int32_t)visible : kStrip;
        key_strip(head, panel, key0, keys, strip);
        for (int32_t t = 0; t < keys; ++t) {
          float* to = sums + call->column_bin[key0 + t] * stride + (panel.row0 - (key0 + t) - base);
#pragma GCC unroll 4
          for (int v = 0; v < kPanelVectors; ++v) store(to + v * kLanes, load(to + v * kLanes) + load(strip + t * kPanel + v * kLanes));
        }
      }
    }
  }
};

struct BlockSurfacePass : Pass {
  const hs_block_surface* call;

  void run(int64_t task) {
    const RowRange& range = ranges[range_of(task)];
    float* memory = scratch((kStrip + kKeySlack) * kPanel + (int64_t)head.d * kPanel);
    if (!memory) return outcome.stop(HS_OUT_OF_MEMORY);
    float* const strip = memory;
    QueryPanel panel;
    panel.queries = memory + (kStrip + kKeySlack) * kPanel;
    double* const table = tables + range_of(task) * cells;
    for (int64_t row0 = range.first; row0 < range.last; row0 += kPanel) {
      fill_panel(head, row0, range.last - row0 < kPanel ? range.last - row0 : kPanel, &panel);
      for (int64_t key0 = head.first_seen(row0); key0 < row0 + panel.rows;) {
        if (outcome.stopped()) return;
        // A strip never crosses a block's edge.
        const int64_t edge = (key0 / call->block_size + 1) * call->block_size;
        const int64_t end = edge < row0 + panel.rows ? edge : row0 + panel.rows;
        const int32_t keys = end - key0 < kStrip ? (int32_t)(end - key0) : kStrip;
        key_strip(head, panel, key0, keys, strip);
        add_block(panel, key0 / call->block_size, keys, strip, table);
        key0 += keys;
      }
    }
    finished(range);
  }

  void add_block(const QueryPanel& panel, int64_t block, int32_t keys, const float* strip, double* table) const {
    f32v sum[kPanelVectors] = {};
    for (int32_t t = 0; t < keys; ++t)
#pragma GCC unroll 4
      for (int v = 0; v < kPanelVectors; ++v) sum[v] += load(strip + t * kPanel + v * kLanes);
    float row_sum[kPanel];
#pragma GCC unroll 4
    for (int v = 0; v < kPanelVectors; ++v) store(row_sum + v * kLanes, sum[v]);
    const int64_t blocks = (head.rows + call->block_size - 1) / call->block_size;
    for (int64_t r = 0; r < panel.rows;) {
      const int64_t block_row = (panel.row0 + r) / call->block_size;
      const int64_t end = (block_row + 1) * call->block_size - panel.row0;
      double mass = 0;
      for (; r < end && r < panel.rows; ++r) mass += (double)row_sum[r];
      if (block <= block_row) table[call->block_bin[block_row * blocks + block]] += mass;
    }
  }
};

hs_status surface(const hs_exec* exec, const hs_surface* call) {
  if (const char* fault = head_fault(call->heads, call->head, call->lse)) return fail(HS_INVALID, fault);
  const int64_t n = call->heads.rows;
  if (const char* fault = band_fault(call->band_start, call->bands, n)) return fail(HS_INVALID, fault);
  if (call->column_bins < 1 || call->column_bins > 255 || call->distance_bins < 1 || call->distance_bins > 255)
    return fail(HS_INVALID, "a surface with no bins or more than 255");
  for (int64_t x = 0; x < n; ++x)
    if (call->column_bin[x] >= call->column_bins || call->distance_bin[x] >= call->distance_bins) return fail(HS_INVALID, "a bin outside the surface");
  SurfacePass pass;
  pass.exec = exec;
  pass.head = head_view(call->heads, call->head, call->lse);
  pass.cells = (int64_t)call->column_bins * call->distance_bins;
  pass.call = call;
  hs_status status = pass.begin(call->band_start, call->bands);
  if (status == HS_OK) status = run_tasks(exec, pass.count, pass);
  if (status == HS_OK) pass.reduce(call->bands, call->table);
  return status;
}

hs_status block_surface(const hs_exec* exec, const hs_block_surface* call) {
  if (const char* fault = head_fault(call->heads, call->head, call->lse)) return fail(HS_INVALID, fault);
  const int64_t n = call->heads.rows;
  if (const char* fault = band_fault(call->band_start, call->bands, n)) return fail(HS_INVALID, fault);
  if (call->bins < 1 || call->bins > 255) return fail(HS_INVALID, "a surface with no bins or more than 255");
  if (call->block_size < 1) return fail(HS_INVALID, "blocks without keys");
  const int64_t blocks = (n + call->block_size - 1) / call->block_size;
  for (int64_t a = 0; a < blocks; ++a)
    for (int64_t b = 0; b <= a; ++b)
      if (call->block_bin[a * blocks + b] >= call->bins) return fail(HS_INVALID, "a bin outside the surface");
  BlockSurfacePass pass;
  pass.exec = exec;
  pass.head = head_view(call->heads, call->head, call->lse);
  pass.cells = call->bins;
  pass.call = call;
  hs_status status = pass.begin(call->band_start, call->bands);
  if (status == HS_OK) status = run_tasks(exec, pass.count, pass);
  if (status == HS_OK) pass.reduce(call->bands, call->table);
  return status;
}

}  // namespace

void fill_surfaces(headscope_backend_v1* table) {
  table->surface = surface;
  table->block_surface = block_surface;
}

}  // namespace headscope::cpu::HS_ISA
