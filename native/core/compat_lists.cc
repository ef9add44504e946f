// MInference's conversion of a vertical-slash choice (csrc/vertical_slash_index.cu, convert_vertical_slash_indexes_kernel), for
// users who want the mask that its kernels execute: per 64-row tile whole 64-key ranges, and the columns before them.
#include <algorithm>

#include "../../kernels/common/window.h"
#include "index_parts.h"

namespace headscope {
namespace {

struct CompatMask : Mask {
  std::vector<int32_t> columns, distances;
  std::vector<int64_t> range_start{0}, column_start{0};
  std::vector<int32_t> range_keys, compat_columns;
};

// The lists of the tile of rows [end - 64, end). A diagonal at distance d asks for the keys [end - d - 64, end - d), moved up to
// start at 0. Going towards the diagonal, a range that is reached again grows by a whole 64 keys, past what was asked for and
// even past the tile's end; one that is not is closed. A column is listed only if no range so far has passed it.
void convert_tile(CompatMask& mask, int64_t end) {
  const auto asked_until = [&](int32_t distance) { return std::max<int64_t>(end - distance, kTile); };
  const auto close = [&](int64_t from, int64_t to) {
    for (int64_t key = from; key < to; key += kTile) mask.range_keys.push_back(static_cast<int32_t>(key));
  };
  auto distance = mask.distances.rbegin();
  while (distance != mask.distances.rend() && *distance >= end) ++distance;
  auto column = mask.columns.begin();
  int64_t to = asked_until(*distance), from = to - kTile;  // distance 0 is always there
  for (;;) {
    for (; column != mask.columns.end() && *column < to; ++column)
      if (*column < from) mask.compat_columns.push_back(*column);
    if (++distance == mask.distances.rend()) break;
    const int64_t until = asked_until(*distance);
    if (until > to + kTile) {
      close(from, to);
      to = until;
      from = to - kTile;
    } else if (until > to) {
      to += kTile;
    }
  }
  close(from, to);
  mask.range_start.push_back(static_cast<int64_t>(mask.range_keys.size()));
  mask.column_start.push_back(static_cast<int64_t>(mask.compat_columns.size()));
}

// Cells of key j in rows [first, last) that the model attends to.
int64_t cells_of_key(int64_t j, int64_t first, int64_t last, int64_t window) { return attended_pairs(first, last, j, j + 1, window); }

}  // namespace

std::unique_ptr<Mask> compat_mask(int64_t rows, int64_t window, std::vector<int32_t> columns, std::vector<int32_t> distances) {
  auto mask = std::make_unique<CompatMask>();
  mask->columns = std::move(columns);
  mask->distances = std::move(distances);
  const int64_t tiles = (rows + kTile - 1) / kTile;
  for (int64_t m = 0; m < tiles; ++m) {
    convert_tile(*mask, (m + 1) * kTile);
    const int64_t first = m * kTile, last = std::min(rows, first + kTile);
    for (int64_t r = mask->range_start[m]; r < mask->range_start[m + 1]; ++r)
      for (int64_t j = mask->range_keys[r]; j < mask->range_keys[r] + kTile; ++j) mask->nominal_cells += cells_of_key(j, first, last, window);
    for (int64_t c = mask->column_start[m]; c < mask->column_start[m + 1]; ++c)
      mask->nominal_cells += cells_of_key(mask->compat_columns[c], first, last, window);
  }
  MaskIndex& index = mask->index;
  index.kind = kMaskCompat;
  index.rows = rows;
  index.window = window;
  index.columns = mask->columns.data();
  index.column_count = static_cast<int64_t>(mask->columns.size());
  index.distances = mask->distances.data();
  index.distance_count = static_cast<int64_t>(mask->distances.size());
  index.range_start = mask->range_start.data();
  index.range_keys = mask->range_keys.data();
  index.column_start = mask->column_start.data();
  index.compat_columns = mask->compat_columns.data();
  mask->bytes = static_cast<int64_t>(4 * (mask->columns.size() + mask->distances.size() + mask->range_keys.size() + mask->compat_columns.size()) +
                                     8 * (mask->range_start.size() + mask->column_start.size()));
  count_tiles(*mask);
  return mask;
}

}  // namespace headscope
