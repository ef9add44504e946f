#include "../check/attention_reference.h"
#include "../check/check.h"
#include "../check/threads.h"
#include "backend.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

template <class Body>
void on_every_isa(Body body) {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) body(*cpu::backend_for(*isa), std::string(*isa));
}

struct Bins {
  int32_t columns, distances;
  std::vector<uint8_t> of_column, of_distance;
};
enum class Layout { random, runs };
Bins make_bins(int64_t n, int32_t columns, int32_t distances, Layout layout, uint32_t seed) {
  std::mt19937 random(seed);
  Bins bins{columns, distances, std::vector<uint8_t>(n), std::vector<uint8_t>(n)};
  for (int64_t x = 0; x < n; ++x) {
    bins.of_column[x] = static_cast<uint8_t>(layout == Layout::random ? static_cast<int64_t>(random() % static_cast<uint32_t>(columns)) : x * columns / n);
    bins.of_distance[x] = static_cast<uint8_t>(layout == Layout::random ? static_cast<int64_t>(random() % static_cast<uint32_t>(distances)) : x * distances / n);
  }
  return bins;
}

std::vector<float> floats(const std::vector<double>& values) { return {values.begin(), values.end()}; }

// The band of every row.
std::vector<int32_t> bands_of(const std::vector<int64_t>& start) {
  std::vector<int32_t> band(start.back());
  for (size_t b = 0; b + 1 < start.size(); ++b)
    for (int64_t i = start[b]; i < start[b + 1]; ++i) band[i] = static_cast<int32_t>(b);
  return band;
}

void expect_table(const std::vector<double>& got, const std::vector<double>& want, const std::string& name) {
  for (size_t c = 0; c < want.size(); ++c)
    if (!(std::fabs(got[c] - want[c]) <= 1e-5 * (1 + want[c]))) fail(name.c_str(), static_cast<int>(c), both("table", got[c], want[c]));
}

hs_surface surface_call(const AttentionInput& in, int32_t head, const std::vector<float>& lse, const Bins& bins, const std::vector<int64_t>& start,
                        std::vector<double>& table) {
  table.assign((start.size() - 1) * bins.columns * bins.distances, -1);
  return {in.view(), head, lse.data(), bins.of_column.data(), bins.of_distance.data(), bins.columns, bins.distances, start.data(), static_cast<int32_t>(start.size() - 1), table.data()};
}

void expect_surface(const AttentionInput& in, int32_t head, const Bins& bins, const std::vector<int64_t>& start) {
  const ReferenceHead reference = reference_attention(in, head, keep_all);
  const std::vector<float> lse = floats(reference.lse);
  const std::vector<int32_t> band = bands_of(start);
  std::vector<double> table, want((start.size() - 1) * bins.columns * bins.distances, 0);
  for (int64_t i = 0; i < in.rows; ++i)
    for (int64_t j = 0; j <= i; ++j)
      if (in.attends(i, j)) want[(band[i] * bins.columns + bins.of_column[j]) * bins.distances + bins.of_distance[i - j]] += std::exp(in.score(head, i, j) - reference.lse[i]);
  on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
    const hs_surface call = surface_call(in, head, lse, bins, start, table);
    HS_CHECK_EQ(backend.surface(Threads(2).exec(), &call), HS_OK);
    expect_table(table, want, isa + ", N " + std::to_string(in.rows));
    double total = 0;
    for (const double mass : table) total += mass;
    HS_CHECK_NEAR(total, in.rows, 1e-6 * static_cast<double>(in.rows) + 1e-5);
  });
}

}  // namespace

HS_TEST("a surface adds every probability to its bins") {
  for (const int64_t n : {1, 2, 15, 64, 65, 96, 97, 129, 500})
    expect_surface(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n)), 1, make_bins(n, 5, 7, Layout::random, 3), {0, n});
}

HS_TEST("a surface with many bins, with runs of bins, and with one bin") {
  const AttentionInput in(1, 1, 64, 700, 21, 3);
  expect_surface(in, 0, make_bins(700, 75, 72, Layout::random, 5), {0, 700});
  expect_surface(in, 0, make_bins(700, 70, 70, Layout::runs, 5), {0, 700});
  expect_surface(in, 0, make_bins(700, 255, 255, Layout::random, 6), {0, 700});
  expect_surface(in, 0, make_bins(700, 1, 1, Layout::random, 6), {0, 700});
}

HS_TEST("a surface longer than a stretch of keys") {
  expect_surface(AttentionInput(1, 1, 8, 2500, 1), 0, make_bins(2500, 9, 11, Layout::random, 8), {0, 100, 2201, 2500});
}

HS_TEST("a surface of a model with a window and a soft cap") {
  for (const int64_t window : {1, 40, 300, 2100}) {
    AttentionInput in(1, 1, 16, 2500, static_cast<uint32_t>(window), 3);
    in.window = window;
    in.cap = 2;
    expect_surface(in, 0, make_bins(2500, 9, 11, Layout::random, 8), {0, 100, 2201, 2500});
  }
}

HS_TEST("bands of a surface begin at any row and may be empty") {
  const AttentionInput in(1, 1, 40, 401, 31);
  expect_surface(in, 0, make_bins(401, 6, 4, Layout::random, 2), {0, 1, 50, 50, 63, 129, 400, 401});
}

HS_TEST("a block surface adds every probability to its block's bin") {
  for (const int64_t n : {1, 15, 64, 129, 530})
    for (const int32_t block_size : {16, 32, 64, 128, 1024}) {
      AttentionInput in(2, 1, 32, n, static_cast<uint32_t>(n + block_size));
      in.window = block_size == 32 ? 45 : 0;
      const ReferenceHead reference = reference_attention(in, 1, keep_all);
      const std::vector<float> lse = floats(reference.lse);
      const int64_t blocks = (n + block_size - 1) / block_size;
      const int32_t bins = 9;
      std::mt19937 random(4);
      std::vector<uint8_t> bin(blocks * blocks);
      for (int64_t a = 0; a < blocks; ++a)
        for (int64_t b = 0; b < blocks; ++b) bin[a * blocks + b] = b <= a ? static_cast<uint8_t>(random() % bins) : 255;
      const std::vector<int64_t> start = {0, n / 3, n / 3 + n / 5, n};
      const std::vector<int32_t> band = bands_of(start);
      std::vector<double> want(3 * bins, 0);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j <= i; ++j)
          if (in.attends(i, j)) want[band[i] * bins + bin[i / block_size * blocks + j / block_size]] += std::exp(in.score(1, i, j) - reference.lse[i]);
      on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
        std::vector<double> table(3 * bins, -1);
        const hs_block_surface call = {in.view(), 1, lse.data(), bin.data(), block_size, bins, start.data(), 3, table.data()};
        HS_CHECK_EQ(backend.block_surface(Threads(2).exec(), &call), HS_OK);
        expect_table(table, want, isa + ", N " + std::to_string(n) + ", blocks of " + std::to_string(block_size));
      });
    }
}

HS_TEST("surfaces do not depend on the number of workers, hear a cancel, and refuse bins outside the table") {
  const int64_t n = 1100;
  const AttentionInput in(1, 1, 32, n, 77);
  const std::vector<float> lse = floats(reference_attention(in, 0, keep_all).lse);
  const std::vector<int64_t> start = {0, 300, n};
  Bins bins = make_bins(n, 20, 30, Layout::random, 1);
  const int32_t cancel = 1;
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    std::vector<double> first, table;
    for (const int32_t workers : {1, 2, 7}) {
      const hs_surface call = surface_call(in, 0, lse, bins, start, table);
      HS_CHECK_EQ(backend.surface(Threads(workers).exec(), &call), HS_OK);
      if (first.empty()) first = table;
      HS_CHECK(table == first);
    }
    hs_surface call = surface_call(in, 0, lse, bins, start, table);
    const Threads cancelled(2, &cancel), threads(2);
    HS_CHECK_EQ(backend.surface(cancelled.exec(), &call), HS_CANCELLED);
    call.column_bins = 10;
    HS_CHECK_EQ(backend.surface(threads.exec(), &call), HS_INVALID);
    const std::vector<int64_t> short_bands = {0, 300, 1000};
    call = surface_call(in, 0, lse, bins, short_bands, table);
    HS_CHECK_EQ(backend.surface(threads.exec(), &call), HS_INVALID);
    const std::vector<uint8_t> block_bin(35 * 35, 3);
    const hs_block_surface blocks = {in.view(), 0, lse.data(), block_bin.data(), 32, 4, start.data(), 2, table.data()};
    HS_CHECK_EQ(backend.block_surface(cancelled.exec(), &blocks), HS_CANCELLED);
    hs_block_surface outside = blocks;
    outside.bins = 3;
    HS_CHECK_EQ(backend.block_surface(threads.exec(), &outside), HS_INVALID);
  });
}
