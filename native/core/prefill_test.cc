#include "native/core/prefill.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/projection.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

Job with_threads(int32_t threads) {
  Job job;
  job.threads = threads;
  return job;
}
PrefillRequest request_for(std::vector<int32_t> tokens) {
  PrefillRequest r;
  r.tokens = std::move(tokens);
  return r;
}
std::vector<std::vector<Pattern>> everywhere(const ModelSpec& spec, const Pattern& pattern) {
  return {static_cast<size_t>(spec.layers), std::vector<Pattern>(static_cast<size_t>(spec.heads), pattern)};
}
double largest(const Matrix& m) {
  double x = 0;
  for (const double value : m) x = std::fmax(x, std::fabs(value));
  return x;
}
Pattern a_shape(int64_t sink, int64_t window) {
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = sink;
  p.window = window;
  return p;
}

void compare_with_reference(const headscope_backend_v1& backend, const TinyShape& shape, int64_t rows, int32_t threads) {
  OpenTiny tiny(backend, shape, static_cast<uint32_t>(rows));
  const std::vector<int32_t> tokens = tiny.llama.tokens(rows);
  const TinyLlama::Forward f = tiny.llama.forward(tokens);
  const auto run = prefill(tiny.model, request_for(tokens), with_threads(threads));
  std::vector<float> hidden(static_cast<size_t>(rows * shape.hidden)), lse(static_cast<size_t>(shape.heads * rows));
  for (int32_t l = 0; l <= shape.layers; ++l) {
    run->copy_layer_input(l, hidden.data());
    const Matrix& expected = f.hidden[static_cast<size_t>(l)];
    HS_CHECK(distance(hidden.data(), expected.data(), rows * shape.hidden) <= 1e-5 * largest(expected));
  }
  for (int32_t l = 0; l < shape.layers; ++l) {
    run->copy_lse(l, lse.data());
    HS_CHECK(distance(lse.data(), f.lse[static_cast<size_t>(l)].data(), shape.heads * rows) <= 3e-5);
  }
  std::vector<float> logits(static_cast<size_t>(rows * shape.vocab));
  run->logits(0, rows, logits.data(), with_threads(threads));
  HS_CHECK(distance(logits.data(), f.logits.data(), rows * shape.vocab) <= 2e-5 * largest(f.logits));
  // A part of the rows, cut elsewhere.
  const int64_t from = rows / 3, to = rows - rows / 5;
  run->logits(from, to, logits.data(), with_threads(1));
  HS_CHECK(distance(logits.data(), f.logits.data() + from * shape.vocab, (to - from) * shape.vocab) <= 2e-5 * largest(f.logits));
}

}  // namespace

HS_TEST("hidden states, log-sum-exp and logits equal a float64 model's, for every dtype, instruction set and bias") {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa)
    for (const hs_dtype dtype : {HS_F32, HS_F16, HS_BF16}) {
      TinyShape shape;
      shape.dtype = dtype;
      shape.biases = dtype != HS_BF16;
      shape.tied = dtype != HS_F16;
      compare_with_reference(*cpu::backend_for(*isa), shape, 150, 2);
    }
}

HS_TEST("prompts of one token, of one tile and past a chunk of rows equal the float64 model's") {
  TinyShape shape;
  shape.layers = 1;
  for (const int64_t rows : {int64_t{1}, int64_t{64}, kChunkRows + 3}) compare_with_reference(*cpu::backend(), shape, rows, 3);
}

HS_TEST("overviews sum and top the float64 probabilities of their bins") {
  const int64_t n = 300;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const std::vector<int32_t> tokens = tiny.llama.tokens(n);
  const TinyLlama::Forward f = tiny.llama.forward(tokens);
  const auto run = prefill(tiny.model, request_for(tokens), with_threads(2));
  const int64_t heads = tiny.llama.spec.heads, cells = kOverviewSide * kOverviewSide;
  std::vector<float> sum(static_cast<size_t>(heads * cells)), top(sum.size());
  for (int32_t l = 0; l < tiny.llama.spec.layers; ++l) {
    for (int32_t h = 0; h < heads; ++h) {
      run->copy_overview_sum(l, h, sum.data() + h * cells);
      run->copy_overview_max(l, h, top.data() + h * cells);
    }
    Matrix sum64(sum.size()), top64(sum.size());
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t a = 0; a < kOverviewSide; ++a)
        for (int64_t b = 0; b < kOverviewSide; ++b)
          for (int64_t i = a * n / 256; i < (a + 1) * n / 256; ++i)
            for (int64_t j = b * n / 256; j < (b + 1) * n / 256; ++j) {
              const double p = f.probabilities[static_cast<size_t>(l)][static_cast<size_t>((h * n + i) * n + j)];
              const size_t cell = static_cast<size_t>(h * cells + a * kOverviewSide + b);
              sum64[cell] += p;
              top64[cell] = std::fmax(top64[cell], p);
            }
    HS_CHECK(distance(sum.data(), sum64.data(), heads * cells) <= 2e-5);
    HS_CHECK(distance(top.data(), top64.data(), heads * cells) <= 2e-5);
  }
}

HS_TEST("sparse patterns with full budgets give the dense run, and their tiles are counted") {
  const int64_t n = 200;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const std::vector<int32_t> tokens = tiny.llama.tokens(n);
  const ModelSpec& spec = tiny.model->spec();
  const auto dense = prefill(tiny.model, request_for(tokens), with_threads(2));
  Pattern slash;
  slash.kind = PatternKind::vertical_slash;
  slash.verticals = slash.slashes = n;
  Pattern blocks;
  blocks.kind = PatternKind::block_sparse;
  blocks.blocks = n;
  for (const Pattern& pattern : {a_shape(0, n), a_shape(n, 1), slash, blocks}) {
    PrefillRequest request = request_for(tokens);
    request.patterns = everywhere(spec, pattern);
    request.dense_where_pays = false;
    const auto sparse = prefill(tiny.model, request, with_threads(2));
    const int64_t count = n * spec.hidden_size;
    std::vector<float> a(static_cast<size_t>(count)), b(a.size());
    dense->copy_layer_input(spec.layers, a.data());
    sparse->copy_layer_input(spec.layers, b.data());
    HS_CHECK(distance(a.data(), b.data(), count) <= 1e-5 * 10);  // hidden states reach about 10
    for (const LayerTiming& t : sparse->timings()) {
      HS_CHECK(t.ran_dense.empty());
      HS_CHECK_EQ(t.causal_tiles, 10.0);
      for (const double tiles : t.executed_tiles) HS_CHECK_EQ(tiles, 10.0);
    }
    // The same heads run dense, and are named, where that pays.
    request.dense_where_pays = true;
    const auto replaced = prefill(tiny.model, request, with_threads(1));
    for (const LayerTiming& t : replaced->timings()) HS_CHECK_EQ(t.ran_dense.size(), static_cast<size_t>(spec.heads));
    replaced->copy_layer_input(spec.layers, b.data());
    HS_CHECK_EQ(distance(a.data(), b.data(), count), 0.0);
  }
}

HS_TEST("a narrow window runs sparse, executes fewer tiles and attends less") {
  const int64_t n = 1000;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  PrefillRequest request = request_for(tiny.llama.tokens(n));
  const ModelSpec& spec = tiny.model->spec();
  const auto dense = prefill(tiny.model, request, with_threads(2));
  request.patterns = everywhere(spec, a_shape(4, 64));
  request.patterns[0][2] = Pattern{};
  const auto sparse = prefill(tiny.model, request, with_threads(2));
  std::vector<float> a(static_cast<size_t>(spec.heads * n)), b(a.size());
  dense->copy_lse(0, a.data());
  sparse->copy_lse(0, b.data());
  const LayerTiming& t = sparse->timings()[0];
  HS_CHECK_EQ(t.causal_tiles, 136.0);
  HS_CHECK(t.ran_dense.empty());
  for (int32_t h = 0; h < spec.heads; ++h) {
    const float *of_dense = a.data() + h * n, *of_sparse = b.data() + h * n;
    if (h == 2) {
      HS_CHECK_EQ(t.executed_tiles[2], 136.0);
      HS_CHECK_EQ(distance(of_dense, of_sparse, n), 0.0);
      continue;
    }
    HS_CHECK(t.executed_tiles[static_cast<size_t>(h)] < 50);
    HS_CHECK(of_sparse[n - 1] < of_dense[n - 1] - 1e-3f);
    HS_CHECK_NEAR(of_sparse[63], of_dense[63], 1e-5);
  }
}

HS_TEST("what is not asked for is not kept, and the last hidden state always is") {
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  PrefillRequest request = request_for(tiny.llama.tokens(100));
  const auto all = prefill(tiny.model, request, with_threads(2));
  request.keep_layer_inputs = request.keep_overviews = request.keep_lse = false;
  const auto little = prefill(tiny.model, request, with_threads(2));
  std::vector<float> a(100 * 101), b(a.size());
  all->logits(0, 100, a.data(), with_threads(1));
  little->logits(0, 100, b.data(), with_threads(1));
  HS_CHECK_EQ(distance(a.data(), b.data(), 100 * 101), 0.0);
  HS_CHECK(!little->has_layer_inputs() && !little->has_lse() && !little->has_overviews());
  little->copy_layer_input(2, a.data());
  for (const auto& refused : std::vector<std::function<void()>>{
           [&] { little->copy_lse(0, a.data()); }, [&] { little->copy_overview_sum(0, 0, a.data()); }, [&] { little->copy_layer_input(1, a.data()); },
           [&] { little->layer(0, with_threads(1)); }, [&] { all->copy_lse(2, a.data()); }, [&] { all->copy_overview_max(0, all->model().spec().heads, a.data()); }, [&] { all->logits(50, 101, a.data(), with_threads(1)); }}) {
    try {
      refused();
      HS_CHECK(!"refused");
    } catch (const Error& e) {
      HS_CHECK_EQ(std::string(e.code()), std::string("INVALID_REQUEST"));
    }
  }
}

HS_TEST("bad requests are refused with their code") {
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  const auto code = [&](const PrefillRequest& r) -> std::string {
    try {
      prefill(tiny.model, r, with_threads(1));
      return "ran";
    } catch (const Error& e) {
      return e.code();
    }
  };
  HS_CHECK_EQ(code(request_for({})), std::string("PROMPT_EMPTY"));
  HS_CHECK_EQ(code(request_for({0, 101})), std::string("TOKEN_OUT_OF_RANGE"));
  HS_CHECK_EQ(code(request_for({-1})), std::string("TOKEN_OUT_OF_RANGE"));
  PrefillRequest r = request_for({1, 2, 3});
  r.patterns = everywhere(tiny.model->spec(), Pattern{});
  HS_CHECK_EQ(code(r), std::string("ran"));
  r.patterns[1].pop_back();
  HS_CHECK_EQ(code(r), std::string("CONFIG_MISMATCH"));
  r.patterns = everywhere(tiny.model->spec(), a_shape(-1, 5));
  HS_CHECK_EQ(code(r), std::string("PATTERN_INVALID"));
  Pattern blocks;
  blocks.kind = PatternKind::block_sparse;
  blocks.block_size = 48;
  r.patterns = everywhere(tiny.model->spec(), blocks);
  HS_CHECK_EQ(code(r), std::string("PATTERN_INVALID"));
}

HS_TEST("a weight that is not a number ends the prefill, wherever it lies") {
  TinyLlama llama{TinyShape{}};
  const LayerTensors& t = llama.spec.tensors.back();
  for (const TensorLocation* tensor :
       {&std::as_const(llama.spec.embedding), &t.q, &t.k, &t.v, &t.o, &t.gate, &t.up, &t.down, &*t.input_norm, &*t.post_norm})
    for (const float bad : {std::nanf(""), INFINITY, 1e30f}) {
      std::vector<char> bytes = llama.bytes();
      std::memcpy(bytes.data() + tensor->begin, &bad, sizeof bad);
      const TemporaryFile file(bytes);
      std::string code = "ran";
      try {
        std::vector<int32_t> tokens = llama.tokens(70);
        tokens[3] = 0;
        prefill(Model::open(*cpu::backend(), llama.spec, {file.path()}), request_for(tokens), with_threads(2));
      } catch (const Error& e) {
        code = e.code();
      }
      HS_CHECK_EQ(code, std::string("CHECKPOINT_INVALID"));
    }
}

HS_TEST("a prefill cancelled on its way stops there") {
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  for (const double at : {-1.0, 0.0, 0.5, 1.2}) {
    double reached = 0;
    // Returns false where the prefill ended before a progress call (at most 20 a second) gave the moment to cancel at.
    const auto cancelled = [&](int64_t rows) {
      std::atomic<int32_t> cancel{at < 0};
      Job job = with_threads(2);
      job.cancel = &cancel;
      job.progress = [&](double done, double, const std::string&) {
        reached = done;
        if (done >= at) cancel = 1;
      };
      try {
        prefill(tiny.model, request_for(tiny.llama.tokens(rows)), job);
      } catch (const Error& e) {
        HS_CHECK_EQ(std::string(e.code()), std::string("CANCELLED"));
        return true;
      }
      return false;
    };
    int64_t rows = 3000;
    while (!cancelled(rows) && rows < 96000) rows *= 2;
    HS_CHECK(rows < 96000);
    HS_CHECK(reached < 2);
  }
}
