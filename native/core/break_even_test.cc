#include "break_even.h"

#include <chrono>
#include <thread>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

HS_TEST("an index that takes longer than the dense tiles does not pay; nothing measured decides nothing") {
  BreakEven b;
  HS_CHECK(!b.dense_pays(1));
  b.add(4, 8, 1000, 10);  // 2 ms an index, 0.01 ms a tile
  HS_CHECK(b.dense_pays(199));
  HS_CHECK(!b.dense_pays(201));
  b.add(0, 0, 1000, 10);
  HS_CHECK(b.dense_pays(199));
  b.add(4, 0, 0, 0);  // 1 ms an index
  HS_CHECK(!b.dense_pays(101));
}

// Estimates that take 20 ms a head, on memory that is not the host's; and the same where they cost nothing to speak of.
const headscope_backend_v1& slow_estimates(bool host_memory) {
  static headscope_backend_v1 tables[2];
  headscope_backend_v1& t = tables[host_memory];
  t = *cpu::backend();
  t.host_memory = host_memory;
  t.last_rows_estimate = [](const hs_exec* exec, const hs_heads* heads, int32_t head, int32_t last, float* columns, float* distances) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return cpu::backend()->last_rows_estimate(exec, heads, head, last, columns, distances);
  };
  return t;
}

std::vector<size_t> heads_run_dense(const headscope_backend_v1& backend, bool where_pays) {
  TinyShape shape;
  shape.layers = 3;
  OpenTiny tiny(backend, shape);
  PrefillRequest request;
  request.tokens = tiny.llama.tokens(400);
  request.dense_where_pays = where_pays;
  Pattern p;
  p.kind = PatternKind::vertical_slash;
  p.verticals = 30;
  p.slashes = 60;
  std::vector<Pattern> heads(6, p);
  heads[2] = Pattern();
  request.patterns.assign(3, heads);
  const auto run = prefill(tiny.model, request, Job());
  std::vector<size_t> counts;
  for (const LayerTiming& t : run->timings()) counts.push_back(t.ran_dense.size());
  return counts;
}

HS_TEST("after a layer whose index took longer than dense attention would, sparse heads run dense and are listed") {
  HS_CHECK(heads_run_dense(slow_estimates(false), true) == (std::vector<size_t>{0, 5, 5}));
  HS_CHECK(heads_run_dense(slow_estimates(false), false) == (std::vector<size_t>{0, 0, 0}));
  HS_CHECK(heads_run_dense(slow_estimates(true), true) == (std::vector<size_t>{0, 0, 0}));
}

}  // namespace
