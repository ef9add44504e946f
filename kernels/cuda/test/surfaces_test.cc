// Recall surfaces against float64: every probability in its bin.
#include <random>

#include "map_reference.h"

using headscope::cuda::backend;
using namespace headscope::cuda::testing;

namespace {

struct Bins {
  int32_t columns, distances;
  std::vector<uint8_t> of_column, of_distance;
};
enum class Layout { random, runs };
Bins make_bins(int64_t n, int32_t columns, int32_t distances, Layout layout, uint32_t seed) {
  std::mt19937 random(seed);
  Bins bins{columns, distances, std::vector<uint8_t>(static_cast<size_t>(n)), std::vector<uint8_t>(static_cast<size_t>(n))};
  const auto bin = [&](int64_t x, int32_t of) {
    return static_cast<uint8_t>(layout == Layout::random ? static_cast<int64_t>(random() % static_cast<uint32_t>(of)) : x * of / n);
  };
  for (int64_t x = 0; x < n; ++x) {
    bins.of_column[static_cast<size_t>(x)] = bin(x, columns);
    bins.of_distance[static_cast<size_t>(x)] = bin(x, distances);
  }
  return bins;
}

std::vector<size_t> bands_of(const std::vector<int64_t>& start) {
  std::vector<size_t> band(static_cast<size_t>(start.back()));
  for (size_t b = 0; b + 1 < start.size(); ++b)
    for (int64_t i = start[b]; i < start[b + 1]; ++i) band[static_cast<size_t>(i)] = b;
  return band;
}

void expect_table(const std::vector<double>& got, const std::vector<double>& want, int64_t n) {
  double total = 0;
  for (size_t c = 0; c < want.size(); ++c) {
    HS_CHECK_NEAR(got[c], want[c], 1e-5 * (1 + want[c]));
    total += got[c];
  }
  HS_CHECK_NEAR(total, n, 1e-6 * static_cast<double>(n) + 1e-5);
}

hs_surface surface_call(const PlacedMap& there, int32_t head, const Bins& bins, const std::vector<int64_t>& start, std::vector<double>& table) {
  table.assign((start.size() - 1) * static_cast<size_t>(bins.columns * bins.distances), -1);
  return {*there.heads(), head, there.lse.data(), bins.of_column.data(), bins.of_distance.data(), bins.columns, bins.distances, start.data(),
          static_cast<int32_t>(start.size() - 1), table.data()};
}

void expect_surface(const AttentionInput& in, int32_t head, const Bins& bins, const std::vector<int64_t>& start, bool every_order = false) {
  const MapReference map(in, head);
  const PlacedMap there(in, map);
  const std::vector<size_t> band = bands_of(start);
  const auto columns = static_cast<size_t>(bins.columns), distances = static_cast<size_t>(bins.distances);
  std::vector<double> want((start.size() - 1) * columns * distances, 0);
  for (int64_t i = 0; i < in.rows; ++i)
    for (int64_t j = 0; j <= i; ++j)
      want[(band[static_cast<size_t>(i)] * columns + bins.of_column[static_cast<size_t>(j)]) * distances + bins.of_distance[static_cast<size_t>(i - j)]] += map.at(i, j);
  const auto work = [&] {
    std::vector<double> table;
    const hs_surface call = surface_call(there, head, bins, start, table);
    expect_ok(backend()->surface(nullptr, &call), "surface");
    return table;
  };
  expect_table(every_order ? same_in_every_order(work) : work(), want, in.rows);
}

void expect_block_surface(AttentionInput in, int32_t block_size, int32_t bins, bool every_order = false) {
  const int64_t n = in.rows, blocks = (n + block_size - 1) / block_size;
  const MapReference map(in, 1);
  const PlacedMap there(in, map);
  std::mt19937 random(4);
  std::vector<uint8_t> bin(static_cast<size_t>(blocks * blocks));
  for (int64_t a = 0; a < blocks; ++a)
    for (int64_t b = 0; b < blocks; ++b) bin[static_cast<size_t>(a * blocks + b)] = b <= a ? static_cast<uint8_t>(random() % static_cast<uint32_t>(bins)) : 255;
  const std::vector<int64_t> start = {0, n / 3, n / 3 + n / 5, n};
  const std::vector<size_t> band = bands_of(start);
  std::vector<double> want(3 * static_cast<size_t>(bins), 0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) want[band[static_cast<size_t>(i)] * static_cast<size_t>(bins) + bin[static_cast<size_t>(i / block_size * blocks + j / block_size)]] += map.at(i, j);
  const auto work = [&] {
    std::vector<double> table(want.size(), -1);
    const hs_block_surface call = {*there.heads(), 1, there.lse.data(), bin.data(), block_size, bins, start.data(), 3, table.data()};
    expect_ok(backend()->block_surface(nullptr, &call), "block_surface");
    return table;
  };
  expect_table(every_order ? same_in_every_order(work) : work(), want, n);
}

}  // namespace

HS_TEST("a surface adds every probability to its bins") {
  for (const int64_t n : {1, 2, 63, 64, 65, 127, 129, 191, 257})
    expect_surface(rounded(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n))), 1, make_bins(n, 5, 7, Layout::random, 3), {0, n}, n == 129);
}

HS_TEST("a surface with many bins, with runs of bins, and with one bin") {
  const AttentionInput in = rounded(AttentionInput(1, 1, 64, 300, 21, 3));
  expect_surface(in, 0, make_bins(300, 75, 72, Layout::random, 5), {0, 300});
  expect_surface(in, 0, make_bins(300, 70, 70, Layout::runs, 5), {0, 300}, true);
  expect_surface(in, 0, make_bins(300, 20, 255, Layout::random, 6), {0, 300});  // more distance bins than a pass takes
  expect_surface(in, 0, make_bins(300, 1, 1, Layout::random, 6), {0, 300});
}

HS_TEST("a surface of heads of every size, with large logits") {
  for (const int32_t d : {8, 80, 96, 128, 256}) expect_surface(rounded(AttentionInput(1, 1, d, 140, static_cast<uint32_t>(d), 2)), 0, make_bins(140, 6, 9, Layout::random, 2), {0, 50, 140}, d == 256);
  const AttentionInput in = rounded(AttentionInput(1, 1, 64, 129, 7, 10));
  expect_surface(in, 0, make_bins(129, 6, 9, Layout::runs, 2), {0, 129});
}

HS_TEST("a surface of a model with a window and a soft cap") {
  for (const int64_t window : {1, 40, 100, 600}) {
    AttentionInput in = rounded(AttentionInput(1, 1, 16, 500, static_cast<uint32_t>(window), 3));
    in.window = window;
    in.cap = 2;
    expect_surface(in, 0, make_bins(500, 9, 11, Layout::random, 8), {0, 100, 401, 500});
  }
}

HS_TEST("bands of a surface begin at any row and may be empty") {
  expect_surface(rounded(AttentionInput(1, 1, 40, 301, 31)), 0, make_bins(301, 6, 4, Layout::random, 2), {0, 1, 50, 50, 63, 129, 300, 301});
}

HS_TEST("a block surface adds every probability to its block's bin") {
  for (const int64_t n : {1, 15, 64, 129, 330})
    for (const int32_t block_size : {16, 48, 64, 128, 1024}) {
      AttentionInput in = rounded(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n + block_size)));
      in.window = block_size == 48 ? 45 : 0;
      expect_block_surface(in, block_size, 9, n == 129);
    }
  expect_block_surface(rounded(AttentionInput(2, 1, 64, 200, 1)), 16, 255);
}

HS_TEST("surfaces refuse bins outside the table and bands that are none, and hear a cancel") {
  const int64_t n = 110;
  const AttentionInput in(1, 1, 32, n, 77);
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  const std::vector<int64_t> start = {0, 30, n};
  const Bins bins = make_bins(n, 20, 30, Layout::random, 1);
  std::vector<double> table;
  hs_surface call = surface_call(there, 0, bins, start, table);
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(backend()->surface(&exec, &call), HS_CANCELLED);
  call.column_bins = 10;
  HS_CHECK_EQ(backend()->surface(nullptr, &call), HS_INVALID);
  const std::vector<int64_t> short_bands = {0, 30, 100};
  call = surface_call(there, 0, bins, short_bands, table);
  HS_CHECK_EQ(backend()->surface(nullptr, &call), HS_INVALID);
  const std::vector<uint8_t> block_bin(16, 3);
  const hs_block_surface blocks = {*there.heads(), 0, there.lse.data(), block_bin.data(), 32, 4, start.data(), 2, table.data()};
  HS_CHECK_EQ(backend()->block_surface(&exec, &blocks), HS_CANCELLED);
  hs_block_surface outside = blocks;
  outside.bins = 3;
  HS_CHECK_EQ(backend()->block_surface(nullptr, &outside), HS_INVALID);
}
