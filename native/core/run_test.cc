#include "native/core/run.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/prefill.h"
#include "native/core/projection.h"
#include "native/core/thread_pool.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

Job with_threads(int32_t threads) {
  Job job;
  job.threads = threads;
  return job;
}

struct Kept {
  std::vector<std::vector<float>> inputs;
  std::vector<float> lse, sum, max;
  std::vector<const float*> pointers;
};
Kept copy_of(const Run& run) {
  const ModelSpec& s = run.model().spec();
  const size_t cells = static_cast<size_t>(s.heads) * 256 * 256, lse = static_cast<size_t>(s.heads * run.rows());
  Kept k;
  k.lse.resize(lse * static_cast<size_t>(s.layers));
  k.sum.resize(cells * static_cast<size_t>(s.layers));
  k.max.resize(k.sum.size());
  for (int32_t l = 0; l <= s.layers; ++l) {
    k.inputs.emplace_back(static_cast<size_t>(run.rows() * s.hidden_size));
    run.copy_layer_input(l, k.inputs.back().data());
  }
  for (int32_t l = 0; l < s.layers; ++l) {
    run.copy_lse(l, k.lse.data() + static_cast<size_t>(l) * lse);
    for (int32_t h = 0; h < s.heads; ++h) {
      const size_t at = static_cast<size_t>(l) * cells + static_cast<size_t>(h * kOverviewSide * kOverviewSide);
      run.copy_overview_sum(l, h, k.sum.data() + at);
      run.copy_overview_max(l, h, k.max.data() + at);
    }
  }
  for (const auto& input : k.inputs) k.pointers.push_back(input.data());
  return k;
}

}  // namespace

HS_TEST("a layer projected again holds the bits that the prefill's attention read") {
  const int64_t n = 2 * kChunkRows + 77;
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    TinyShape shape;
    shape.dtype = HS_BF16;
    const headscope_backend_v1& backend = *cpu::backend_for(*isa);
    OpenTiny tiny(backend, shape);
    PrefillRequest request;
    request.tokens = tiny.llama.tokens(n);
    const auto run = prefill(tiny.model, request, with_threads(2));
    std::vector<float> lse(static_cast<size_t>(shape.heads * n)), again(lse.size()), sum(static_cast<size_t>(shape.heads) * 256 * 256), max(sum.size()), out(static_cast<size_t>(n * shape.heads * shape.head_dim));
    for (int32_t l = 0; l < shape.layers; ++l) {
      run->copy_lse(l, lse.data());
      const auto layer = run->layer(l, with_threads(3));
      std::vector<float> q(static_cast<size_t>(shape.heads * n * shape.head_dim)), k(static_cast<size_t>(shape.kv_heads * n * shape.head_dim)), v(k.size());
      layer->copy_q(q.data());
      layer->copy_k(k.data());
      layer->copy_v(v.data());
      hs_attention a{};
      a.heads = {q.data(), k.data(), v.data(), shape.heads, shape.kv_heads, shape.head_dim, n, layer->scale(), 0, 0};
      a.out = out.data();
      a.lse = again.data();
      // As in the prefill: making overviews may cost the log-sum-exp its last bits.
      a.overview_sum = sum.data();
      a.overview_max = max.data();
      ThreadPool pool(2);
      const hs_exec exec = pool.exec(nullptr);
      HS_CHECK_EQ(backend.attention(&exec, &a), HS_OK);
      HS_CHECK_EQ(distance(lse.data(), again.data(), shape.heads * n), 0.0);
    }
  }
}

HS_TEST("a restored run answers as the run it was saved from") {
  const int64_t n = 130;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const ModelSpec& s = tiny.model->spec();
  PrefillRequest request;
  request.tokens = tiny.llama.tokens(n);
  const auto run = prefill(tiny.model, request, with_threads(2));
  const Kept kept = copy_of(*run);
  const auto restored = restore_run(tiny.model, request.tokens, kept.pointers, kept.lse.data(), kept.sum.data(), kept.max.data());
  const Kept again = copy_of(*restored);
  HS_CHECK(again.inputs == kept.inputs && again.lse == kept.lse && again.sum == kept.sum && again.max == kept.max);
  HS_CHECK(restored->tokens() == request.tokens);
  HS_CHECK(restored->timings().empty());
  std::vector<float> a(static_cast<size_t>(n * s.vocab_size)), b(a.size());
  run->logits(0, n, a.data(), with_threads(2));
  restored->logits(0, n, b.data(), with_threads(2));
  HS_CHECK(a == b);
  const auto first = run->layer(1, with_threads(2)), second = restored->layer(1, with_threads(2));
  a.resize(static_cast<size_t>(s.heads * n * s.head_dim));
  b.resize(a.size());
  first->copy_q(a.data());
  second->copy_q(b.data());
  HS_CHECK(a == b);
  // One was handed the prefill's log-sum-exp, the other has to find it.
  a.resize(static_cast<size_t>(n));
  b.resize(a.size());
  for (int32_t h = 0; h < s.heads; ++h) {
    first->lse(h, a.data(), with_threads(2));
    second->lse(h, b.data(), with_threads(2));
    HS_CHECK(distance(a.data(), b.data(), n) <= 1e-5);
  }
}

HS_TEST("a layer of a sparse run knows the dense log-sum-exp, not the run's own") {
  const int64_t n = 700;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const ModelSpec& s = tiny.model->spec();
  PrefillRequest request;
  request.tokens = tiny.llama.tokens(n);
  const TinyLlama::Forward f = tiny.llama.forward(request.tokens);
  Pattern window;
  window.kind = PatternKind::a_shape;
  window.window = 64;
  request.patterns.assign(2, std::vector<Pattern>(static_cast<size_t>(s.heads), window));
  const auto run = prefill(tiny.model, request, with_threads(2));
  const auto layer = run->layer(0, with_threads(2));
  std::vector<float> lse(static_cast<size_t>(n));
  for (int32_t h = 0; h < s.heads; ++h) {
    layer->lse(h, lse.data(), with_threads(2));
    HS_CHECK(distance(lse.data(), f.lse[0].data() + h * n, n) <= 3e-5);
  }
}

HS_TEST("logits that are no numbers are refused, not handed out") {
  TinyShape shape;
  shape.tied = false;
  TinyLlama llama{shape};
  for (const TensorLocation& tensor : {llama.spec.final_norm, llama.spec.lm_head}) {
    std::vector<char> bytes = llama.bytes();
    const float bad = std::nanf("");
    std::memcpy(bytes.data() + tensor.begin, &bad, sizeof bad);
    const TemporaryFile file(bytes);
    PrefillRequest request;
    request.tokens = llama.tokens(20);
    const std::shared_ptr<Run> run = prefill(Model::open(*cpu::backend(), llama.spec, {file.path()}), request, with_threads(1));
    std::vector<float> logits(static_cast<size_t>(20 * llama.spec.vocab_size));
    std::string code = "ran";
    try {
      run->logits(0, 20, logits.data(), with_threads(1));
    } catch (const Error& e) {
      code = e.code();
    }
    HS_CHECK_EQ(code, std::string("CHECKPOINT_INVALID"));
  }
}

HS_TEST("a run that is none is refused") {
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const std::vector<float> input(static_cast<size_t>(3 * tiny.model->spec().hidden_size));
  const std::vector<const float*> three(3, input.data()), two(2, input.data());
  const auto code = [&](const std::vector<int32_t>& tokens, const std::vector<const float*>& inputs, const float* sum) -> std::string {
    try {
      restore_run(tiny.model, tokens, inputs, nullptr, sum, nullptr);
      return "restored";
    } catch (const Error& e) {
      return e.code();
    }
  };
  HS_CHECK_EQ(code({1, 2, 3}, three, nullptr), std::string("restored"));
  HS_CHECK_EQ(code({1, 2, 3}, two, nullptr), std::string("RUN_INVALID"));
  HS_CHECK_EQ(code({1, 2, 3}, three, input.data()), std::string("RUN_INVALID"));
  HS_CHECK_EQ(code({}, three, nullptr), std::string("PROMPT_EMPTY"));
  HS_CHECK_EQ(code({1, 2, 500}, three, nullptr), std::string("TOKEN_OUT_OF_RANGE"));
}
