// Masks of every kind and of awkward sets, cell by cell, through the stream.
#include "tile_stream.h"

#include <random>
#include <set>

#include "../../native/core/mask_check.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

constexpr int64_t kRows[] = {1, 2, 63, 64, 65, 127, 128, 129, 191, 255, 257, 1000};

std::vector<int32_t> inside(const std::set<int64_t>& wanted, int64_t n) {
  std::vector<int32_t> kept;
  for (const int64_t x : wanted)
    if (x >= 0 && x < n) kept.push_back(static_cast<int32_t>(x));
  return kept;
}
std::set<int64_t> stepped(int64_t first, int64_t past, int64_t step) {
  std::set<int64_t> s;
  for (int64_t x = first; x < past; x += step) s.insert(x);
  return s;
}
std::set<int64_t> with_zero(std::set<int64_t> s) {
  s.insert(0);
  return s;
}

void expect_diagonals(int64_t n, int64_t window, const std::set<int64_t>& columns, const std::set<int64_t>& distances, const std::string& name) {
  const auto c = inside(columns, n), d = inside(distances, window > 0 ? std::min(n, window) : n);
  expect_mask(*diagonals_mask(n, window, c, d), diagonal_cells(n, window, c, d), name + ", window " + std::to_string(window));
}

constexpr int64_t kWindows[] = {0, 1, 40, 63, 64, 65, 130, 400};

}  // namespace

HS_TEST("dense") {
  for (const int64_t n : kRows)
    for (const int64_t window : kWindows)
      expect_mask(*dense_mask(n, window), cells_where(n, window, [](int64_t, int64_t) { return true; }), "dense, window " + std::to_string(window));
}

HS_TEST("awkward columns and distances") {
  const std::vector<std::pair<const char*, std::set<int64_t>>> columns = {
      {"no columns", {}},           {"sinks", stepped(0, 30, 1)},       {"every column", stepped(0, 1000, 1)}, {"column 0", {0}},
      {"last column", {999, 256, 64, 63, 1}}, {"every third", stepped(0, 1000, 3)}, {"65 columns", stepped(0, 65, 1)},   {"spread", stepped(5, 1000, 37)}};
  const std::vector<std::pair<const char*, std::set<int64_t>>> distances = {
      {"distance 0", {0}},
      {"band", stepped(0, 100, 1)},
      {"gaps of 1", stepped(0, 1000, 2)},
      {"isolated", with_zero(stepped(70, 1000, 129))},
      {"64 apart", stepped(0, 1000, 64)},
      {"65 apart", stepped(0, 1000, 65)},
      {"just past a chunk", {0, 64, 128, 191, 193, 320}},
      {"last distance", {0, 999, 256, 254, 128, 64, 1}},
      {"all", stepped(0, 1000, 1)}};
  for (const int64_t n : kRows)
    for (const auto& c : columns)
      for (const auto& d : distances)
        for (const int64_t window : {0, 90}) expect_diagonals(n, window, c.second, d.second, std::string(c.first) + ", " + d.first);
}

HS_TEST("random columns and distances") {
  std::mt19937 random(1);
  for (const int64_t n : kRows)
    for (int round = 0; round < 12; ++round) {
      std::set<int64_t> columns, distances{0};
      for (int64_t left = static_cast<int64_t>(random() % (n / (1 << round % 6) + 1)); left > 0; --left) columns.insert(static_cast<int64_t>(random() % n));
      for (int64_t left = static_cast<int64_t>(random() % (n / (1 << round / 2 % 6) + 1)); left > 0; --left) distances.insert(static_cast<int64_t>(random() % n));
      for (const int64_t window : kWindows) expect_diagonals(n, window, columns, distances, "random round " + std::to_string(round));
    }
}

HS_TEST("a covered part without a gap needs no element mask") {
  const auto mask = diagonals_mask(1024, 0, {}, inside(stepped(0, 512, 1), 1024));
  TileStream stream = tile_stream(&mask->index, 15);
  int masked = 0, tiles = 0;
  for (KeyTile tile; next_tile(stream, 1024, tile); ++tiles) masked += tile.masked;
  HS_CHECK_EQ(tiles, 9);
  HS_CHECK_EQ(masked, 2);  // the diagonal tile and the far edge of the band
}

HS_TEST("blocks of every size") {
  std::mt19937 random(2);
  for (const int64_t n : kRows)
    for (const int32_t size : {16, 32, 64, 128, 256, 1024})
      for (const auto& [keep_percent, window] : std::vector<std::pair<int, int64_t>>{{0, 0}, {10, 0}, {50, 0}, {100, 0}, {100, 1}, {50, 70}, {100, 128}, {30, 300}}) {
        const int64_t rows = (n + size - 1) / size;
        std::vector<std::vector<int32_t>> kept(rows);
        for (int64_t b = 0; b < rows; ++b)
          for (int32_t k = static_cast<int32_t>(first_block(window, size, b)); k <= b; ++k)
            if (static_cast<int>(random() % 100) < keep_percent) kept[b].push_back(k);
        const auto has = [&](int64_t i, int64_t j) {
          const auto& row = kept[i / size];
          return std::find(row.begin(), row.end(), static_cast<int32_t>(j / size)) != row.end();
        };
        expect_mask(*blocks_mask(n, window, size, kept), cells_where(n, window, has), "blocks of " + std::to_string(size) + ", window " + std::to_string(window));
      }
}

HS_TEST("MInference's lists, read literally") {
  std::mt19937 random(3);
  for (const int64_t n : kRows)
    for (int round = 0; round < 16; ++round) {
      std::set<int64_t> columns, distances{0};
      for (int64_t left = static_cast<int64_t>(random() % (n / (1 << round % 4) + 1)); left > 0; --left) columns.insert(static_cast<int64_t>(random() % n));
      for (int64_t left = static_cast<int64_t>(random() % (n / (4 << round / 2) + 1)); left > 0; --left) distances.insert(static_cast<int64_t>(random() % n));
      const int64_t window = kWindows[round % 8];
      const auto mask = compat_mask(n, window, inside(columns, n), inside(distances, window > 0 ? std::min(n, window) : n));
      const MaskIndex& index = mask->index;
      const auto has = [&](int64_t i, int64_t j) {
        const int64_t m = i / kTile;
        for (int64_t r = index.range_start[m]; r < index.range_start[m + 1]; ++r)
          if (j >= index.range_keys[r] && j < index.range_keys[r] + kTile) return true;
        for (int64_t c = index.column_start[m]; c < index.column_start[m + 1]; ++c)
          if (j == index.compat_columns[c]) return true;
        return false;
      };
      expect_mask(*mask, cells_where(n, window, has), "compat round " + std::to_string(round));
    }
}
