#include "native/core/memory_plan.h"

#include <malloc.h>

#include <atomic>
#include <string>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

// The CPU backend, counting what is taken from it.
std::atomic<int64_t> taken{0}, peak{0};
hs_status counting_alloc(int64_t bytes, void** out) {
  const hs_status status = cpu::backend()->alloc(bytes, out);
  const int64_t now = taken += *out ? static_cast<int64_t>(malloc_usable_size(*out)) : 0;
  if (now > peak) peak = now;
  return status;
}
void counting_release(void* p) {
  if (p) taken -= static_cast<int64_t>(malloc_usable_size(p));
  cpu::backend()->release(p);
}
headscope_backend_v1 counting_backend() {
  headscope_backend_v1 b = *cpu::backend();
  b.alloc = counting_alloc;
  b.release = counting_release;
  return b;
}

int64_t bytes_of(const std::vector<PlanPlace>& plan, const std::string& name) {
  for (const PlanPlace& place : plan)
    if (place.name == name) return place.bytes;
  return -1;
}
int64_t total(const std::vector<PlanPlace>& plan) {
  int64_t sum = 0;
  for (const PlanPlace& place : plan) sum += place.bytes;
  return sum;
}

// The sizes of the bundled demo model, four layers.
TinyShape demo_shape() {
  TinyShape shape;
  shape.hidden = 192;
  shape.inner = 384;
  shape.vocab = 3072;
  shape.layers = 4;
  shape.heads = 8;
  shape.kv_heads = 4;
  shape.head_dim = 32;
  shape.dtype = HS_BF16;
  return shape;
}

}  // namespace

HS_TEST("what a prefill takes from the backend is what was planned, a little less") {
  const headscope_backend_v1 backend = counting_backend();
  OpenTiny tiny(backend, demo_shape());
  for (const int64_t rows : {int64_t{200}, int64_t{1500}}) {
    const std::vector<PlanPlace> plan = plan_prefill(*tiny.model, {rows, 2, true, true, true});
    const int64_t lse = bytes_of(plan, "log-sum-exp") / 5, overviews = bytes_of(plan, "overviews") / 7;
    const int64_t planned = bytes_of(plan, "residual") + bytes_of(plan, "queries, keys and values of a layer") + bytes_of(plan, "attention output of a layer") +
                            bytes_of(plan, "rotary cos and sin") + bytes_of(plan, "activations of a chunk of rows") + lse + overviews;
    peak = taken.load();
    const int64_t before = taken;
    PrefillRequest request;
    request.tokens = tiny.llama.tokens(rows);
    Job job;
    job.threads = 2;
    prefill(tiny.model, request, job);
    const int64_t used = peak - before;
    HS_CHECK_EQ(taken.load(), before);
    HS_CHECK(used <= planned + 4096);
    HS_CHECK(static_cast<double>(used) >= 0.95 * static_cast<double>(planned));
  }
}

HS_TEST("the plan follows what is kept, and names the mapped weights") {
  const OpenTiny tiny(*cpu::backend(), demo_shape());
  const auto all = plan_prefill(*tiny.model, {4096, 2, true, true, true});
  const auto little = plan_prefill(*tiny.model, {4096, 2, false, false, false});
  HS_CHECK_EQ(bytes_of(all, "weights (mapped)"), tiny.model->weight_bytes());
  HS_CHECK_EQ(bytes_of(all, "layer inputs"), int64_t{5} * 4096 * 192 * 4);
  HS_CHECK_EQ(bytes_of(little, "last hidden state"), int64_t{4096} * 192 * 4);
  HS_CHECK_EQ(bytes_of(little, "log-sum-exp"), int64_t{-1});
  HS_CHECK_EQ(bytes_of(little, "overviews"), int64_t{-1});
  const auto spilled = plan_prefill(*tiny.model, {4096, 2, true, true, true, true});
  HS_CHECK_EQ(bytes_of(spilled, "layer inputs (on disk)"), bytes_of(all, "layer inputs"));
  HS_CHECK_EQ(bytes_of(spilled, "layer inputs"), int64_t{-1});
  HS_CHECK(total(little) < total(all));
}

HS_TEST("the demo model's 32,768 tokens stay under 2 GB with everything kept") {
  const OpenTiny tiny(*cpu::backend(), demo_shape());
  const int64_t bytes = total(plan_prefill(*tiny.model, {32768, 2, true, true, true}));
  HS_CHECK(bytes < 2'000'000'000);
  HS_CHECK(bytes > 200'000'000);
}

HS_TEST("a plan for nothing is refused") {
  const OpenTiny tiny(*cpu::backend(), TinyShape{});
  for (const PlanRequest& request : {PlanRequest{0, 1, true, true, true}, PlanRequest{10, 0, true, true, true}, PlanRequest{int64_t{1} << 40, 1, true, true, true}}) {
    try {
      plan_prefill(*tiny.model, request);
      HS_CHECK(!"refused");
    } catch (const Error& e) {
      HS_CHECK_EQ(std::string(e.code()), std::string("INVALID_REQUEST"));
    }
  }
}
