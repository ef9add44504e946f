// Exact tiles of a head's attention map, recomputed from its log-sum-exp: every element of a rectangle, or pictures of it.
#include <string.h>

#include "map_cells.h"
#include "map_pairs.h"
#include "profiles.h"

namespace headscope::cpu::HS_ISA {
namespace {

// Every element: out is [q1 - q0, k1 - k0].
struct ElementPass {
  Outcome outcome;
  HeadView head;
  MapRect rect;
  int64_t groups;
  float* out;

  void run(int64_t task) {
    const int64_t r0 = rect.q0 + task / groups * kSlabRows, r1 = least(r0 + kSlabRows, rect.q1);
    const int64_t g0 = rect.k0 + task % groups * kGroupKeys, g1 = least(g0 + kGroupKeys, rect.k1);
    const int64_t width = rect.k1 - rect.k0;
    for (int64_t i = r0; i < r1; ++i) {
      float* const row = out + (i - rect.q0) * width - rect.k0;
      const int64_t first = most(g0, least(g1, head.first_seen(i))), past = most(first, least(g1, i + 1));
      memset(row + g0, 0, (size_t)(first - g0) * sizeof(float));  // before the window
      memset(row + past, 0, (size_t)(g1 - past) * sizeof(float));  // above the diagonal
    }
    for_strips(outcome, head, nullptr, {r0, r1, g0, g1}, [&](const float* strip, int64_t row0, int32_t rows, int64_t key0, int64_t keys) {
      for (int32_t t = 0; t < rows; ++t) {
        float* to = out + (row0 + t - rect.q0) * width + (key0 - rect.k0);
        if (keys == kPanel) memcpy(to, strip + t * kPanel, kPanel * sizeof(float));  // a known size needs no call
        else memcpy(to, strip + t * kPanel, (size_t)keys * sizeof(float));
      }
    });
  }
};

hs_status elements(const hs_exec* exec, const HeadView& head, const MapRect& rect, float* out) {
  ElementPass pass;
  pass.head = head;
  pass.rect = rect;
  pass.groups = up(rect.k1 - rect.k0, kGroupKeys);
  pass.out = out;
  return run_tasks(exec, up(rect.q1 - rect.q0, kSlabRows) * pass.groups, pass);
}

hs_status tile(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
               int64_t width, int64_t height, hs_aggregate aggregate, float* out) {
  if (const char* fault = head_fault(*heads, head, lse)) return fail(HS_INVALID, fault);
  const MapRect rect = {q0, q1, k0, k1};
  if (const char* fault = rect_fault(rect, heads->rows)) return fail(HS_INVALID, fault);
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) return fail(HS_INVALID, "a picture without cells");
  if (aggregate != HS_SUM && aggregate != HS_MAX && aggregate != HS_MEAN) return fail(HS_INVALID, "an unknown aggregate");
  const HeadView view = head_view(*heads, head, lse);
  if (width == k1 - k0 && height == q1 - q0) return elements(exec, view, rect, out);
  CellPlanes planes = {};
  (aggregate == HS_MAX ? planes.max : aggregate == HS_SUM ? planes.sum : planes.mean) = out;
  return map_cells(exec, view, nullptr, rect, width, height, planes);
}

hs_status planes(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0,
                 int64_t k1, int64_t width, int64_t height, float* max, float* sum) {
  if (const char* fault = head_fault(*heads, head, lse)) return fail(HS_INVALID, fault);
  const MapRect rect = {q0, q1, k0, k1};
  if (const char* fault = rect_fault(rect, heads->rows)) return fail(HS_INVALID, fault);
  if (width < 1 || height < 1 || width > k1 - k0 || height > q1 - q0) return fail(HS_INVALID, "a picture without cells, or with cells smaller than an element");
  if (dropped_by && dropped_by->rows != heads->rows) return fail(HS_INVALID, "a mask of another input");
  const HeadView view = head_view(*heads, head, lse);
  if (dropped_by || width != k1 - k0 || height != q1 - q0) return map_cells(exec, view, dropped_by, rect, width, height, {max, sum, nullptr});
  const hs_status status = elements(exec, view, rect, max);
  if (status == HS_OK) memcpy(sum, max, (size_t)(width * height) * sizeof(float));
  return status;
}

}  // namespace

void fill_maps(headscope_backend_v1* table) {
  table->tile = tile;
  table->planes = planes;
  table->strongest = strongest;
  table->profiles = profiles;
}

}  // namespace headscope::cpu::HS_ISA
