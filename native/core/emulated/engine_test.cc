// The engine on every function of the CUDA backend's table, without a device: libheadscope_emulated.so is found, tried and loaded as any
// backend is, has memory of its own, and runs the CUDA kernels on the emulator. What the engine says through it is held against the processor's.
//
// Two kinds of gates. Where q, k and v are given, rounded to bfloat16 beforehand, both backends multiply the same numbers: probabilities agree to
// 1e-5. Through a model one side alone rounds q, k and v at every layer, and a score of 29 moves by 2^-9 of it: log-sum-exps agree to 1e-2 of the
// largest, probabilities to 5e-2, logits to 15e-3 of the largest. What the device's own q and k give in float64, rounded as it rounds
// them, its log-sum-exps must equal to 2e-3.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/generation.h"
#include "native/core/layer.h"
#include "native/core/loadable_backend.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

const FoundBackend& found() {
  static const FoundBackend f = find_backend("emulated", {HS_EMULATED}, HS_PROBER);
  return f;
}
const headscope_backend_v1& emulated() { return load_backend(found()); }
const headscope_backend_v1& processor() { return *cpu::backend(); }

Job job() {
  Job j;
  j.threads = 2;
  return j;
}

Pattern a_shape(int64_t sink, int64_t window) {
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = sink;
  p.window = window;
  return p;
}
Pattern vertical_slash(int64_t verticals, int64_t slashes) {
  Pattern p;
  p.kind = PatternKind::vertical_slash;
  p.verticals = verticals;
  p.slashes = slashes;
  p.forced_sinks = 4;
  p.forced_local = 10;
  return p;
}
Pattern block_sparse(int64_t blocks, int64_t size) {
  Pattern p;
  p.kind = PatternKind::block_sparse;
  p.blocks = blocks;
  p.block_size = size;
  return p;
}

// The same model on both backends.
struct Both {
  OpenTiny device, host;
  explicit Both(const TinyShape& shape, uint32_t seed = 5) : device(emulated(), shape, seed), host(processor(), shape, seed) {}
};
TinyShape tiny_shape() {
  TinyShape shape;
  shape.dtype = HS_BF16;
  shape.hidden = 64;
  shape.inner = 96;
  shape.heads = 4;
  shape.kv_heads = 2;
  return shape;
}

template <class Copy>
std::vector<float> copied(int64_t count, Copy copy) {
  std::vector<float> values(static_cast<size_t>(count));
  copy(values.data());
  return values;
}
double largest(const std::vector<float>& x) {
  double most = 0;
  for (const float v : x) most = std::fmax(most, std::fabs(static_cast<double>(v)));
  return most;
}
double apart(const std::vector<float>& a, const std::vector<float>& b) { return distance(a.data(), b.data(), static_cast<int64_t>(std::min(a.size(), b.size()))); }

float to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  std::memcpy(&value, &bits, 4);
  return value;
}

// The log-sum-exps of a dense run against float64, from the q and k that its layers project, rounded to bfloat16.
void expect_own_lse(const Run& run) {
  const ModelSpec& spec = run.model().spec();
  const int64_t n = run.rows(), d = spec.head_dim;
  for (int32_t l = 0; l < spec.layers; ++l) {
    const auto layer = run.layer(l, job());
    std::vector<float> q = copied(spec.heads * n * d, [&](float* to) { layer->copy_q(to); }), k = copied(spec.kv_heads * n * d, [&](float* to) { layer->copy_k(to); });
    std::transform(q.begin(), q.end(), q.begin(), to_bf16);
    std::transform(k.begin(), k.end(), k.begin(), to_bf16);
    const std::vector<float> lse = copied(spec.heads * n, [&](float* to) { run.copy_lse(l, to); });
    double worst = 0;
    for (int64_t h = 0; h < spec.heads; ++h)
      for (int64_t i = 0; i < n; ++i) {
        double sum = 0;
        for (int64_t j = 0; j <= i; ++j) {
          double score = 0;
          for (int64_t c = 0; c < d; ++c)
            score += static_cast<double>(q[static_cast<size_t>((h * n + i) * d + c)]) * static_cast<double>(k[static_cast<size_t>((h / 2 * n + j) * d + c)]);
          sum += std::exp(score * static_cast<double>(spec.score_scale));
        }
        worst = std::fmax(worst, std::fabs(std::log(sum) - static_cast<double>(lse[static_cast<size_t>(h * n + i)])));
      }
    HS_CHECK(worst <= 2e-3);
  }
}

void expect_same_run(const Run& device, const Run& host) {
  constexpr double kLse = 1e-2, kProbability = 5e-2, kLogits = 15e-3;
  const ModelSpec& spec = host.model().spec();
  const int64_t n = host.rows(), cells = kOverviewSide * kOverviewSide;
  for (int32_t l = 0; l < spec.layers; ++l) {
    const auto lse = [&](const Run& run) { return copied(spec.heads * n, [&](float* to) { run.copy_lse(l, to); }); };
    const auto of_heads = [&](auto copy) {
      return copied(spec.heads * cells, [&](float* to) {
        for (int32_t h = 0; h < spec.heads; ++h) copy(h, to + h * cells);
      });
    };
    const auto sum = [&](const Run& run) { return of_heads([&](int32_t h, float* to) { run.copy_overview_sum(l, h, to); }); };
    const auto top = [&](const Run& run) { return of_heads([&](int32_t h, float* to) { run.copy_overview_max(l, h, to); }); };
    HS_CHECK(apart(lse(device), lse(host)) <= kLse * largest(lse(host)));
    HS_CHECK(apart(sum(device), sum(host)) <= kProbability);
    HS_CHECK(apart(top(device), top(host)) <= kProbability);
    double total = 0;
    for (const float x : sum(device)) total += x;
    HS_CHECK_NEAR(total, spec.heads * n, 1e-3 * static_cast<double>(n));
  }
  const auto logits = [&](const Run& run) { return copied(n * spec.vocab_size, [&](float* to) { run.logits(0, n, to, job()); }); };
  const std::vector<float> want = logits(host);
  HS_CHECK(apart(logits(device), want) <= kLogits * largest(want));
}

// A head's q, k, v that both backends read without rounding.
struct Capture {
  HeadsShape shape{4, 2, 32, 0, 0.17677669f};
  std::vector<float> q, k, v;
  explicit Capture(int64_t rows, int64_t window = 0) {
    shape.rows = rows;
    shape.window = window;
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    const auto fill = [&](std::vector<float>& x, int64_t count, float magnitude) {
      x.resize(static_cast<size_t>(count));
      for (float& value : x) value = to_bf16(normal(random) * magnitude);
    };
    fill(q, shape.heads * rows * shape.head_dim, 3);
    fill(k, shape.kv_heads * rows * shape.head_dim, 1);
    fill(v, shape.kv_heads * rows * shape.head_dim, 1);
  }
  std::shared_ptr<Layer> on(const headscope_backend_v1& backend) const { return capture_layer(backend, q.data(), k.data(), v.data(), shape); }
};

struct Sides {
  std::shared_ptr<Layer> device, host;
  explicit Sides(const Capture& c) : device(c.on(emulated())), host(c.on(processor())) {}
  // What `ask` gives of each.
  template <class Ask>
  auto both(Ask ask) const {
    return std::pair{ask(*device), ask(*host)};
  }
};

std::vector<int64_t> bands(int64_t n) { return {0, n / 4, n}; }

void expect_same_surface(const Sides& sides, SurfaceRequest request) {
  const auto [device, host] = sides.both([&](Layer& layer) { return layer.surface(request, job()); });
  HS_CHECK_EQ(device.band_mass.size(), host.band_mass.size());
  HS_CHECK(distance(device.band_mass.data(), host.band_mass.data(), static_cast<int64_t>(host.band_mass.size())) <= 1e-3);
  HS_CHECK(device.nominal_cells == host.nominal_cells);
  HS_CHECK(device.executed_tiles == host.executed_tiles);
}

}  // namespace

HS_TEST("the library is found, says what it is, and its table is whole") {
  HS_CHECK_EQ(found().reason, std::string());
  HS_CHECK_EQ(found().score, 1);
  const headscope_backend_v1& b = emulated();
  HS_CHECK_EQ(std::string(b.name), std::string("emulated"));
  HS_CHECK_EQ(b.host_memory, 0);
  HS_CHECK_EQ(missing_functions(b), std::string());
  HS_CHECK(b.attend_row != nullptr);
}

HS_TEST("a dense prefill is the processor's, and so is the text after it") {
  const Both both(tiny_shape());
  PrefillRequest request;
  request.tokens = TinyLlama(tiny_shape(), 5).tokens(150);
  const auto device = prefill(both.device.model, request, job()), host = prefill(both.host.model, request, job());
  expect_own_lse(*device);
  expect_same_run(*device, *host);
  HS_CHECK(device->timings()[0].executed_tiles == host->timings()[0].executed_tiles);
  const auto text = [&](const Run& run) { return generate(run, {6, {}}, job()).tokens; };
  HS_CHECK(text(*device) == text(*host));
}

HS_TEST("a sparse prefill is the processor's, head by head under masks of every kind") {
  const Both both(tiny_shape());
  PrefillRequest request;
  request.tokens = TinyLlama(tiny_shape(), 5).tokens(330);
  request.patterns.assign(2, {a_shape(4, 40), Pattern{}, block_sparse(1, 64), a_shape(0, 70)});
  const auto device = prefill(both.device.model, request, job()), host = prefill(both.host.model, request, job());
  expect_same_run(*device, *host);
  for (size_t l = 0; l < 2; ++l) {
    HS_CHECK(device->timings()[l].ran_dense == host->timings()[l].ran_dense);
    for (const int h : {0, 1, 3}) HS_CHECK_EQ(device->timings()[l].executed_tiles[static_cast<size_t>(h)], host->timings()[l].executed_tiles[static_cast<size_t>(h)]);
  }
}

HS_TEST("tiles, pictures of what a mask drops, profiles and overviews are the processor's") {
  const int64_t n = 331;
  for (const int64_t window : {0, 120}) {
    const Sides sides((Capture(n, window)));
    const auto compare = [&](int64_t count, auto ask) {
      const auto [device, host] = sides.both([&](Layer& layer) { return copied(count, [&](float* to) { ask(layer, to); }); });
      HS_CHECK(apart(device, host) <= 1e-5 * (1 + largest(host)));
    };
    compare(n, [](Layer& l, float* to) { l.lse(3, to, job()); });
    compare(60 * 40, [](Layer& l, float* to) { l.tile(3, {250, 290, 200, 260}, 60, 40, HS_SUM, to, job()); });
    for (const hs_aggregate aggregate : {HS_SUM, HS_MAX, HS_MEAN}) compare(64 * 48, [&](Layer& l, float* to) { l.tile(1, {0, n, 0, n}, 64, 48, aggregate, to, job()); });
    compare(2 * 256 * 256, [](Layer& l, float* to) { l.overview(0, to, to + 256 * 256, job()); });
    for (const Pattern& pattern : {a_shape(3, 50), vertical_slash(60, 60), block_sparse(2, 64)})
      compare(2 * 100 * 90, [&](Layer& l, float* to) { l.planes(2, &pattern, {0, n, 0, n}, 100, 90, to, to + 100 * 90, job()); });
    const auto [device, host] = sides.both([&](Layer& layer) {
      std::vector<double> masses(static_cast<size_t>(2 * n));
      layer.profiles(1, masses.data(), masses.data() + n, job());
      return masses;
    });
    HS_CHECK(distance(device.data(), host.data(), 2 * n) <= 1e-4);
  }
}

HS_TEST("the strongest pairs are the processor's") {
  const int64_t n = 300;
  const Sides sides((Capture(n)));
  const Pattern local = a_shape(2, 64);
  for (const Pattern* dropped : {static_cast<const Pattern*>(nullptr), &local}) {
    const auto [device, host] = sides.both([&](Layer& layer) { return layer.strongest(2, dropped, {20, n, 0, n}, 300, job()); });
    HS_CHECK_EQ(device.size(), host.size());
    for (size_t t = 0; t < std::min(device.size(), host.size()); ++t) HS_CHECK_NEAR(device[t].p, host[t].p, 1e-5);
    // Those that are not at the edge of the list, in whatever order rounding gives to near equals.
    const auto named = [&](const hs_pair& pair) {
      return std::any_of(host.begin(), host.end(), [&](const hs_pair& other) { return other.q == pair.q && other.k == pair.k; });
    };
    for (const hs_pair& pair : device) HS_CHECK(named(pair) || pair.p <= host.back().p + 1e-5f);
  }
}

HS_TEST("surfaces of every kind, and what they count, are the processor's") {
  const int64_t n = 331;
  for (const int64_t window : {0, 150}) {
    const Sides sides((Capture(n, window)));
    SurfaceRequest request;
    request.head = 1;
    request.forced_sinks = 4;
    request.forced_local = 10;
    request.band_start = bands(n);
    request.edges0 = {10, 30, 60, 120, 200};
    request.edges1 = {10, 50, 100, 200};
    for (const PatternKind kind : {PatternKind::vertical_slash, PatternKind::a_shape}) {
      request.kind = kind;
      expect_same_surface(sides, request);
    }
    request.kind = PatternKind::block_sparse;
    request.edges0 = {1, 2, 3};
    expect_same_surface(sides, request);
  }
}

HS_TEST("recall of every row, output error, and the pattern that wins a search are the processor's") {
  const int64_t n = 331;
  const Sides sides((Capture(n)));
  const std::vector<Pattern> candidates = {a_shape(16, 80), vertical_slash(40, 60), vertical_slash(90, 20), block_sparse(3, 64), Pattern{}};
  for (int32_t h = 0; h < 4; ++h) {
    std::vector<double> of_device, of_host;
    for (const Pattern& pattern : candidates) {
      const auto [device, host] = sides.both([&](Layer& layer) { return layer.evaluate(h, pattern, false, job()); });
      HS_CHECK(apart(device.row_recall, host.row_recall) <= 1e-4);
      HS_CHECK_NEAR(device.output_rel_l2, host.output_rel_l2, 4e-3);
      HS_CHECK_EQ(device.executed_tiles, host.executed_tiles);
      HS_CHECK_EQ(device.nominal_cells, host.nominal_cells);
      const auto [measured, unused] = sides.both([&](Layer& layer) { return layer.measure(h, pattern, false, job()); });
      HS_CHECK(apart(measured.row_recall, host.row_recall) <= 1e-4);
      const auto mean = [&](const std::vector<float>& recall) {
        double sum = 0;
        for (const float r : recall) sum += r;
        return sum / static_cast<double>(n);
      };
      of_device.push_back(mean(device.row_recall));
      of_host.push_back(mean(host.row_recall));
    }
    of_device.pop_back();  // dense wins always
    of_host.pop_back();
    HS_CHECK_EQ(std::max_element(of_device.begin(), of_device.end()) - of_device.begin(), std::max_element(of_host.begin(), of_host.end()) - of_host.begin());
  }
}

HS_TEST("a layer of a run answers with the log-sum-exp that its prefill left: rows of its map sum to 1") {
  const Both both(tiny_shape());
  PrefillRequest request;
  request.tokens = TinyLlama(tiny_shape(), 5).tokens(200);
  const auto run = prefill(both.device.model, request, job());
  for (int32_t l = 0; l < 2; ++l) {
    const auto layer = run->layer(l, job());
    const std::vector<float> rows = copied(200, [&](float* to) { layer->tile(1, {0, 200, 0, 200}, 1, 200, HS_SUM, to, job()); });
    for (const float sum : rows) HS_CHECK_NEAR(sum, 1, 1e-4);
  }
}

HS_TEST("a cancelled job ends with a code") {
  const Sides sides((Capture(100)));
  const std::atomic<int32_t> stop{1};
  Job cancelled = job();
  cancelled.cancel = &stop;
  std::vector<double> masses(200);
  try {
    sides.device->profiles(0, masses.data(), masses.data() + 100, cancelled);
    HS_CHECK(!"cancelled");
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string("CANCELLED"));
  }
}
