// Every part once on the CPU's table at small sizes: its calls are right, its counts and rates are what they say.
#include "parts.h"

#include <chrono>

#include "kernels/check/check.h"
#include "kernels/common/window.h"
#include "kernels/cpu/backend.h"
#include "native/core/thread_pool.h"

using namespace headscope;
using namespace headscope::bench;

namespace {

struct Small {
  Options options;
  std::vector<std::string> chosen;
  ThreadPool pool{2};
  hs_exec exec = pool.exec(nullptr);
  Bench bench{*cpu::backend(),
              options,
              &exec,
              {{"first", [this] { chosen.push_back("first"); }}, {"second", [this] { chosen.push_back("second"); }}},
              {{"only", [] {}}},
              [](const std::function<void()>& work) {
                const auto start = std::chrono::steady_clock::now();
                work();
                return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
              },
              [] { return int64_t{3} << 20; },
              [](const std::string&) {}};
  Small() {
    options.rounds = 2;
    options.scratch = ".";
  }
};

void expect_measured(const std::vector<Row>& rows, size_t count, size_t calls) {
  HS_CHECK_EQ(rows.size(), count);
  for (const Row& row : rows) {
    if (row.ms.size() != calls) testing::fail(row.part.c_str(), 0, testing::both(row.shape.c_str(), row.by, row.note));
    for (const double ms : row.ms) HS_CHECK(ms > 0);
  }
}

HS_TEST("attention: a row a length and path, with the tiles of dense attention") {
  Small s;
  s.options.longest = 300;
  const std::vector<Row> rows = measure_attention(s.bench, {2, 1, 32, {100, 300, 400}});
  expect_measured(rows, 4, 2);
  HS_CHECK(s.chosen == (std::vector<std::string>{"first", "second", "first", "second"}));
  HS_CHECK_EQ(rows[2].dense_flops, 2.0 * 300 * 300 * 32 * 2);
  HS_CHECK_EQ(rows[2].executed_flops, 15.0 * 2 * 4 * 64 * 64 * 32);  // 5 row tiles
}

HS_TEST("sparse attention: a dense row, then a row a budget with what it keeps") {
  Small s;
  const std::vector<Row> rows = measure_sparse(s.bench, {2, 1, 32, 2000, {{40, 100}, {2000, 2000}}});
  expect_measured(rows, 6, 2);
  HS_CHECK(rows[1].kept > 0.05 && rows[1].kept < 0.5);
  HS_CHECK_EQ(rows[2].kept, 1.0);
  HS_CHECK_EQ(rows[1].executed_flops, rows[0].executed_flops * rows[1].kept);
}

HS_TEST("products, index and maps") {
  Small s;
  expect_measured(measure_gemm(s.bench, {{3, 8, 5}, {64, 33, 70}}), 2, 2);
  expect_measured(measure_index(s.bench, {2, 1, 32, {200, 500}, 40, 60}), 2, 2);
  expect_measured(measure_maps(s.bench, {32, 1024, 512}), 2, 2);
}

HS_TEST("prefill of a random model: dense, and sparse with the share that was asked for") {
  Small s;
  s.options.longest = 4096;
  const std::vector<Row> rows = measure_prefill(s.bench, {64, 96, 101, 2, 4, 2, 16, {512}, {4096, 8192}, 0.2});
  expect_measured(rows, 2, 3);
  HS_CHECK_EQ(rows[0].kept, 1.0);
  HS_CHECK(rows[0].note.find("peak of device memory 3 MiB") != std::string::npos);
  HS_CHECK_NEAR(rows[1].kept, 0.2, 0.06);
  HS_CHECK(rows[1].executed_flops < rows[1].dense_flops);
}

HS_TEST("a row that fails says why, and the others go on") {
  Small s;
  s.options.scratch = "/nowhere/at/all";
  const std::vector<Row> rows = measure_prefill(s.bench, {64, 96, 101, 2, 4, 2, 16, {512}, {}, 0.2});
  HS_CHECK_EQ(rows.size(), 1u);
  HS_CHECK(rows[0].ms.empty() && rows[0].note.find("/nowhere/at/all") != std::string::npos);
}

}  // namespace
