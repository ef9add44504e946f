// The converted lists against the kernel's own control flow, written down here a second time: descending diagonals, ascending
// columns, one merge. Sentinels stand where that kernel reads past the end of its arrays.
#include <algorithm>
#include <random>
#include <set>

#include "../../kernels/check/check.h"
#include "index_parts.h"

using namespace headscope;

namespace {

struct Lists {
  std::vector<int32_t> ranges, columns;
};

Lists merged(const std::vector<int32_t>& vertical, const std::vector<int32_t>& slash, int64_t end) {
  Lists out;
  size_t v = 0, s = 0;
  const auto next_vertical = [&] { return v < vertical.size() ? int64_t{vertical[v++]} : end + 64; };
  int64_t column = next_vertical();
  int64_t distance = slash[s++];
  while (distance >= end && s < slash.size()) distance = slash[s++];
  int64_t last = std::max<int64_t>(end - distance, 64), first = last - 64;
  const auto save = [&] {
    for (int64_t k = first; k < last; k += 64) out.ranges.push_back(static_cast<int32_t>(k));
  };
  while (true) {
    if (column < last) {
      if (column < first) out.columns.push_back(static_cast<int32_t>(column));
      column = next_vertical();
      continue;
    }
    if (s == slash.size()) break;
    const int64_t reach = std::max<int64_t>(end - slash[s++], 64);
    if (reach > last + 64) {
      save();
      last = reach;
      first = reach - 64;
    } else if (reach > last) {
      last += 64;
    }
  }
  save();
  return out;
}

void expect_lists(int64_t n, const std::set<int32_t>& columns, const std::set<int32_t>& distances) {
  const std::vector<int32_t> vertical(columns.begin(), columns.end()), slash(distances.rbegin(), distances.rend());
  const auto mask = compat_mask(n, 0, vertical, {distances.begin(), distances.end()});
  const MaskIndex& index = mask->index;
  for (int64_t m = 0; m < (n + 63) / 64; ++m) {
    const Lists want = merged(vertical, slash, 64 * (m + 1));
    HS_CHECK(std::vector<int32_t>(index.range_keys + index.range_start[m], index.range_keys + index.range_start[m + 1]) == want.ranges);
    HS_CHECK(std::vector<int32_t>(index.compat_columns + index.column_start[m], index.compat_columns + index.column_start[m + 1]) == want.columns);
  }
}

}  // namespace

HS_TEST("a range grows by whole steps, past the tile's end") {
  // Tile 1 ends at 128: distance 50 asks for [14, 78), then distance 0 for [64, 128), which makes it [14, 142).
  const auto mask = compat_mask(128, 0, {3, 20}, {0, 50});
  HS_CHECK(std::vector<int32_t>(mask->index.range_keys + mask->index.range_start[1], mask->index.range_keys + mask->index.range_start[2]) ==
           std::vector<int32_t>({14, 78}));
  HS_CHECK_EQ(mask->index.column_start[2] - mask->index.column_start[1], 1);
  HS_CHECK_EQ(mask->index.compat_columns[mask->index.column_start[1]], 3);
}

HS_TEST("random choices convert as the kernel does") {
  std::mt19937 random(1);
  for (const int64_t n : {1, 63, 64, 65, 128, 500, 1000, 4096})
    for (int round = 0; round < 20; ++round) {
      std::set<int32_t> columns{0}, distances{0};
      for (int64_t left = 1 + random() % (n / (1 << round % 5) + 1); left > 0; --left) columns.insert(static_cast<int32_t>(random() % n));
      for (int64_t left = random() % (n / (1 << round % 7) + 1); left > 0; --left) distances.insert(static_cast<int32_t>(random() % n));
      if (round % 2)
        for (int32_t d = 0; d < std::min<int64_t>(n, 100); ++d) distances.insert(d);
      expect_lists(n, columns, distances);
    }
}
