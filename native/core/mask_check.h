// For tests: masks as plain sets of (row, key), and the tile stream held against them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "../../kernels/check/check.h"
#include "../../kernels/common/tile_stream.h"
#include "index_parts.h"

namespace headscope::testing {

// [N, N], 1 where kept.
struct CellSet {
  int64_t n;
  std::vector<uint8_t> kept;
  explicit CellSet(int64_t rows) : n(rows), kept(rows * rows, 0) {}
  uint8_t& at(int64_t i, int64_t j) { return kept[i * n + j]; }
  bool has(int64_t i, int64_t j) const { return kept[i * n + j] != 0; }
};

template <class Keep>
CellSet cells_where(int64_t n, int64_t window, Keep keep) {
  CellSet set(n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) set.at(i, j) = (window == 0 || i - j < window) && keep(i, j);
  return set;
}

inline CellSet diagonal_cells(int64_t n, int64_t window, const std::vector<int32_t>& columns, const std::vector<int32_t>& distances) {
  std::vector<uint8_t> column(n, 0), distance(n, 0);
  for (const int32_t j : columns) column[j] = 1;
  for (const int32_t d : distances) distance[d] = 1;
  return cells_where(n, window, [&](int64_t i, int64_t j) { return column[j] || distance[i - j]; });
}

// Every kept cell of `want` comes exactly once from the stream and its masks, row_mask() says the same, no tile list is longer
// than the dense one, and the counts are those the mask states.
inline void expect_mask(const Mask& mask, const CellSet& want, const std::string& name) {
  const MaskIndex& index = mask.index;
  const int64_t n = want.n, tiles = (n + kTile - 1) / kTile;
  const auto report = [&](const std::string& what) { fail(name.c_str(), static_cast<int>(n), what); };
  if (index.rows != n || static_cast<int64_t>(mask.tiles.size()) != tiles) return report("sizes");

  int64_t cells = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t key0 = 0; key0 < n; ++key0) {
      cells += want.has(i, key0);
      // Every start, but not every bit of every window: the first, the last and one between.
      const uint64_t window = row_mask(index, i, key0);
      for (const int64_t t : {int64_t{0}, key0 * 7 % 64, int64_t{63}}) {
        const bool kept = key0 + t <= i && want.has(i, key0 + t);
        if ((window >> t & 1) != kept) return report("row_mask of row " + std::to_string(i) + " from " + std::to_string(key0) + " bit " + std::to_string(t));
      }
    }
  if (mask.nominal_cells != cells) report(both("nominal cells", mask.nominal_cells, cells));

  std::vector<int32_t> seen(n * n, 0);
  for (int64_t m = 0; m < tiles; ++m) {
    TileStream stream = tile_stream(&index, m);
    int64_t count = 0;
    for (KeyTile tile; next_tile(stream, n, tile); ++count) {
      if (tile.count < 1 || tile.count > kTile) return report("a tile of " + std::to_string(tile.count) + " keys");
      uint64_t masks[kTile];
      if (tile.masked && tile.gathered && index.window == 0) return report("a gathered tile with a mask");
      if (tile.masked) key_masks(&index, m, tile, masks);
      bool whole = true;
      for (int32_t t = 0; t < tile.count; ++t)
        for (int64_t i = m * kTile; i < std::min(n, (m + 1) * kTile); ++i) {
          const int64_t j = tile.gathered ? tile.gathered[t] : tile.key + t;
          if (j < 0 || j >= n) return report("key " + std::to_string(j));
          const bool kept = !tile.masked || (masks[t] >> (i - m * kTile) & 1);
          whole &= kept;
          seen[i * n + j] += kept;
        }
      if (whole && tile.masked && n % kTile == 0 && !tile.gathered && index.kind == kMaskDense && index.window == 0) report("a dense tile that needs no mask has one");
    }
    const int64_t most = m + 1 - (index.window > 0 ? std::max<int64_t>(0, m * kTile - index.window + 1) / kTile : 0);
    if (count > most) report(both("tiles of a row tile", count, most));
    if (count != mask.tiles[m]) report(both(("tiles of row tile " + std::to_string(m)).c_str(), count, mask.tiles[m]));
    if (tile_count(&index, n, m) != count) report("tile_count");
  }
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      if (seen[i * n + j] != want.has(i, j))
        return report(both(("times cell " + std::to_string(i) + ", " + std::to_string(j)).c_str(), seen[i * n + j], want.has(i, j)));
}

}  // namespace headscope::testing
