// The estimates of several heads and what their budgets take of them, without a score leaving the device: sums [heads, 2, N], two choices a head, and their lists
// in one download.
#include <algorithm>
#include <vector>

#include "cancel.h"
#include "clear.h"
#include "device_array.h"
#include "estimates.h"
#include "kernels/common/window.h"
#include "select.h"

namespace headscope::cuda {
namespace {

const char* refusal(const hs_heads& h, const hs_diagonals_choice& c) {
  if (const char* why = refused_estimate(h, c.head)) return why;
  const int64_t reach = reach_of(h.rows, h.window);
  if (c.last < 1 || c.last > h.rows) return "the last rows of an estimate are 1 .. N";
  if (c.columns < 0 || c.columns > h.rows || c.distances < 0 || c.distances > reach) return "a budget takes from none to all columns, or distances in the window";
  if (c.forced_columns < 0 || c.forced_columns > h.rows || c.forced_distances < 0 || c.forced_distances > reach) return "more columns or distances are forced than there are";
  if ((c.columns > 0 && !c.column_list) || (c.distances > 0 && !c.distance_list)) return "a choice was called without a list that it needs";
  return nullptr;
}

}  // namespace

hs_status choose_diagonals(const hs_exec* exec, const hs_heads* heads, int32_t count, const hs_diagonals_choice* choices) {
  if (count < 0) return fail(HS_INVALID, "a negative number of choices");
  int64_t listed = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (const char* why = refusal(*heads, choices[i])) return fail(HS_INVALID, why);
    listed += choices[i].columns + choices[i].distances;
  }
  if (count == 0) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  const int64_t n = heads->rows;

  DeviceArray<float> sums;
  DeviceArray<int32_t> lists;
  hs_status status = sums.make(2 * count * n);
  if (status == HS_OK) status = clear(sums.data(), 2 * count * n * 4);
  if (status == HS_OK) status = lists.make(std::max<int64_t>(1, listed));
  if (status != HS_OK) return status;
  // Neighbours with the same number of last rows are estimated together.
  for (int32_t first = 0, next; first < count; first = next) {
    std::vector<int32_t> which;
    for (next = first; next < count && choices[next].last == choices[first].last; ++next) which.push_back(choices[next].head);
    status = sum_last_rows(exec, *heads, which.data(), next - first, choices[first].last, sums.data() + 2 * first * n);
    if (status != HS_OK) return status;
  }

  std::vector<Selection> selections;
  int64_t at = 0;
  for (int32_t i = 0; i < count; ++i) {
    const hs_diagonals_choice& c = choices[i];
    selections.push_back({sums.data() + 2 * i * n, lists.data() + at, static_cast<int32_t>(n), c.forced_columns, c.columns});
    at += c.columns;
    selections.push_back({sums.data() + (2 * i + 1) * n, lists.data() + at, static_cast<int32_t>(reach_of(n, heads->window)), c.forced_distances, c.distances});
    at += c.distances;
  }
  DeviceArray<Selection> selections_there;
  status = selections_there.copy_of(selections.data(), static_cast<int64_t>(selections.size()));
  if (status == HS_OK) status = select_budgets(selections_there.data(), static_cast<int64_t>(selections.size()));
  std::vector<int32_t> all(static_cast<size_t>(listed));
  if (status == HS_OK && listed > 0) status = download(all.data(), lists.data(), listed * 4);
  if (status != HS_OK) return status;
  at = 0;
  for (int32_t i = 0; i < count; ++i)
    for (const auto& [list, size] : {std::pair{choices[i].column_list, choices[i].columns}, {choices[i].distance_list, choices[i].distances}}) {
      std::copy_n(all.begin() + at, size, list);
      at += size;
    }
  return HS_OK;
}

}  // namespace headscope::cuda
