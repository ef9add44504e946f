#include "native/core/layer.h"

#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using headscope::test::distance;
using headscope::test::Matrix;

namespace {

Job with_threads(int32_t threads) {
  Job job;
  job.threads = threads;
  return job;
}
std::string code_of(const std::function<void()>& action) {
  try {
    action();
    return "done";
  } catch (const Error& e) {
    return e.code();
  }
}
Pattern a_shape(int64_t sink, int64_t window) {
  Pattern p;
  p.kind = PatternKind::a_shape;
  p.sink = sink;
  p.window = window;
  return p;
}
Pattern block_sparse(int64_t blocks, int64_t size) {
  Pattern p;
  p.kind = PatternKind::block_sparse;
  p.blocks = blocks;
  p.block_size = size;
  return p;
}

// A random capture of four heads over two, and its attention in float64.
struct Capture {
  HeadsShape shape{4, 2, 16, 0, 0.25f};
  std::vector<float> q, k, v;
  explicit Capture(int64_t rows, uint32_t seed = 3) {
    shape.rows = rows;
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 1);
    q.resize(static_cast<size_t>(shape.heads * rows * shape.head_dim));
    k.resize(static_cast<size_t>(shape.kv_heads * rows * shape.head_dim));
    v.resize(k.size());
    for (float& x : q) x = 2 * normal(random);
    for (float& x : k) x = normal(random);
    for (float& x : v) x = normal(random);
  }
  std::shared_ptr<Layer> layer(bool with_v = true, const headscope_backend_v1& backend = *cpu::backend()) const {
    return capture_layer(backend, q.data(), k.data(), with_v ? v.data() : nullptr, shape);
  }
  double score(int32_t h, int64_t i, int64_t j) const {
    const int64_t n = shape.rows, d = shape.head_dim;
    double s = 0;
    for (int64_t t = 0; t < d; ++t) s += static_cast<double>(q[static_cast<size_t>((h * n + i) * d + t)]) * k[static_cast<size_t>((h / 2 * n + j) * d + t)];
    return s * shape.scale;
  }
  // The log-sum-exp and output [N, d] over the keys that `keeps` says.
  void attend(int32_t h, const std::function<bool(int64_t, int64_t)>& keeps, Matrix& lse, Matrix& out) const {
    const int64_t n = shape.rows, d = shape.head_dim;
    lse.assign(static_cast<size_t>(n), 0);
    out.assign(static_cast<size_t>(n * d), 0);
    for (int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (int64_t j = 0; j <= i; ++j) {
        if (!keeps(i, j)) continue;
        const double e = std::exp(score(h, i, j));
        sum += e;
        for (int64_t t = 0; t < d; ++t) out[static_cast<size_t>(i * d + t)] += e * v[static_cast<size_t>((h / 2 * n + j) * d + t)];
      }
      lse[static_cast<size_t>(i)] = std::log(sum);
      for (int64_t t = 0; t < d && sum > 0; ++t) out[static_cast<size_t>(i * d + t)] /= sum;
    }
  }
  Matrix probabilities(int32_t h) const {
    const int64_t n = shape.rows;
    Matrix lse, out, p(static_cast<size_t>(n * n));
    attend(h, [](int64_t, int64_t) { return true; }, lse, out);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) p[static_cast<size_t>(i * n + j)] = std::exp(score(h, i, j) - lse[static_cast<size_t>(i)]);
    return p;
  }
};

}  // namespace

HS_TEST("q, k, v come back as they were given; v may be absent") {
  const Capture c(70);
  const auto layer = c.layer();
  std::vector<float> q(c.q.size()), k(c.k.size()), v(c.v.size());
  layer->copy_q(q.data());
  layer->copy_k(k.data());
  layer->copy_v(v.data());
  HS_CHECK(q == c.q && k == c.k && v == c.v);
  const auto without = c.layer(false);
  HS_CHECK(!without->has_v());
  HS_CHECK_EQ(code_of([&] { without->copy_v(v.data()); }), std::string("INVALID_REQUEST"));
}

HS_TEST("a capture that contradicts itself is refused, and a value that is not finite is placed") {
  Capture c(10);
  const auto code = [&] { return code_of([&] { c.layer(); }); };
  c.k[static_cast<size_t>((1 * 10 + 4) * 16 + 5)] = std::numeric_limits<float>::quiet_NaN();
  try {
    c.layer();
    HS_CHECK(!"refused");
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string("CAPTURE_INVALID"));
    HS_CHECK(std::string(e.what()).find("k holds a value that is not finite at head 1, row 4, element 5") != std::string::npos);
  }
  c.k.assign(c.k.size(), 0);
  HS_CHECK_EQ(code(), std::string("done"));
  c.v[0] = -std::numeric_limits<float>::infinity();
  HS_CHECK_EQ(code(), std::string("CAPTURE_INVALID"));
  c.v[0] = 0;
  for (const HeadsShape& bad : {HeadsShape{3, 2, 16, 10, 0.25f}, HeadsShape{4, 0, 16, 10, 0.25f}, HeadsShape{4, 2, 12, 10, 0.25f},
                                HeadsShape{4, 2, 16, 0, 0.25f}, HeadsShape{4, 2, 16, 10, std::nanf("")}}) {
    c.shape = bad;
    HS_CHECK_EQ(code(), std::string("CAPTURE_INVALID"));
  }
}

HS_TEST("log-sum-exp, tiles, profiles and overview equal float64, for every instruction set") {
  const int64_t n = 331;
  const Capture c(n);
  const int32_t h = 3;
  const Matrix p = c.probabilities(h);
  Matrix expected_lse, unused;
  c.attend(h, [](int64_t, int64_t) { return true; }, expected_lse, unused);
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const auto layer = c.layer(false, *cpu::backend_for(*isa));
    std::vector<float> lse(static_cast<size_t>(n));
    layer->lse(h, lse.data(), with_threads(2));
    HS_CHECK(distance(lse.data(), expected_lse.data(), n) <= 1e-5);

    std::vector<float> exact(60 * 40);
    layer->tile(h, {250, 290, 200, 260}, 60, 40, HS_SUM, exact.data(), with_threads(2));
    double worst = 0;
    for (int64_t y = 0; y < 40; ++y)
      for (int64_t x = 0; x < 60; ++x) worst = std::fmax(worst, std::fabs(static_cast<double>(exact[static_cast<size_t>(y * 60 + x)]) - p[static_cast<size_t>((250 + y) * n + 200 + x)]));
    HS_CHECK(worst <= 1e-5);

    std::vector<double> columns(static_cast<size_t>(n)), distances(columns.size());
    layer->profiles(h, columns.data(), distances.data(), with_threads(2));
    Matrix columns64(columns.size()), distances64(columns.size());
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        columns64[static_cast<size_t>(j)] += p[static_cast<size_t>(i * n + j)];
        distances64[static_cast<size_t>(i - j)] += p[static_cast<size_t>(i * n + j)];
      }
    HS_CHECK(distance(columns.data(), columns64.data(), n) <= 1e-3);
    HS_CHECK(distance(distances.data(), distances64.data(), n) <= 1e-3);

    std::vector<float> sum(256 * 256), max(sum.size());
    layer->overview(h, sum.data(), max.data(), with_threads(2));
    Matrix sum64(sum.size()), max64(sum.size());
    for (int64_t a = 0; a < 256; ++a)
      for (int64_t b = 0; b < 256; ++b)
        for (int64_t i = a * n / 256; i < (a + 1) * n / 256; ++i)
          for (int64_t j = b * n / 256; j < (b + 1) * n / 256; ++j) {
            sum64[static_cast<size_t>(a * 256 + b)] += p[static_cast<size_t>(i * n + j)];
            max64[static_cast<size_t>(a * 256 + b)] = std::fmax(max64[static_cast<size_t>(a * 256 + b)], p[static_cast<size_t>(i * n + j)]);
          }
    HS_CHECK(distance(sum.data(), sum64.data(), 256 * 256) <= 1e-5);
    HS_CHECK(distance(max.data(), max64.data(), 256 * 256) <= 1e-5);
  }
}

HS_TEST("an evaluation equals float64: recall of every row, output error, counts") {
  const int64_t n = 331;
  const Capture c(n);
  const int32_t h = 2;
  const auto layer = c.layer();
  const Evaluation e = layer->evaluate(h, a_shape(5, 40), false, with_threads(2));
  Matrix lse, dense, kept_lse, sparse;
  c.attend(h, [](int64_t, int64_t) { return true; }, lse, dense);
  int64_t cells = 0;
  const auto keeps = [&](int64_t i, int64_t j) { return j < 5 || i - j < 40; };
  c.attend(h, keeps, kept_lse, sparse);
  double difference = 0, norm = 0, most = 0;
  for (size_t i = 0; i < dense.size(); ++i) {
    difference += (sparse[i] - dense[i]) * (sparse[i] - dense[i]);
    norm += dense[i] * dense[i];
    most = std::fmax(most, std::fabs(sparse[i] - dense[i]));
  }
  HS_CHECK_EQ(e.row_recall.size(), static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j <= i; ++j) cells += keeps(i, j);
    const size_t at = static_cast<size_t>(i);
    HS_CHECK_NEAR(e.row_recall[at], std::exp(kept_lse[at] - lse[at]), 1e-5);
  }
  HS_CHECK_NEAR(e.output_rel_l2, std::sqrt(difference / norm), 1e-5);
  HS_CHECK_NEAR(e.output_max_abs, most, 1e-5);
  HS_CHECK(e.output_rel_l2 > 0.05);
  HS_CHECK_EQ(e.nominal_cells, cells);
  HS_CHECK_EQ(e.columns, int64_t{5});
  HS_CHECK_EQ(e.distances, int64_t{40});
  HS_CHECK_EQ(e.blocks, int64_t{0});
  HS_CHECK_EQ(e.causal_tiles, int64_t{21});
  HS_CHECK(e.executed_tiles > 6 && e.executed_tiles < 21);
  HS_CHECK(e.index_bytes > 0);
  HS_CHECK(e.elapsed_ms > 0 && e.dense_ms > 0);
  HS_CHECK(e.effective.kind == PatternKind::a_shape && e.effective.window == 40);
}

HS_TEST("no blocks are used as one, which every row sees; no mask has recall 1 and no error; without v there is no output error") {
  const Capture c(200);
  const auto layer = c.layer();
  const Evaluation least = layer->evaluate(0, block_sparse(0, 64), false, with_threads(2));
  HS_CHECK_EQ(least.effective.blocks, int64_t{1});
  for (const float recall : least.row_recall) HS_CHECK(recall > 0);
  HS_CHECK_EQ(least.executed_tiles, int64_t{4});
  const Evaluation all = layer->evaluate(0, Pattern{}, false, with_threads(2));
  for (const float recall : all.row_recall) HS_CHECK_EQ(recall, 1.0f);
  HS_CHECK_EQ(all.output_max_abs, 0.0);
  const Evaluation blind = c.layer(false)->evaluate(0, a_shape(3, 20), false, with_threads(2));
  HS_CHECK(std::isnan(blind.output_rel_l2) && std::isnan(blind.output_max_abs));
  HS_CHECK(blind.row_recall[150] < 1 && blind.row_recall[150] > 0);
}

HS_TEST("the picture of a mask gives the kept share of every cell's causal elements") {
  const int64_t n = 331;
  const Capture c(n);
  const auto layer = c.layer();
  const auto keeps = [](int64_t i, int64_t j) { return j < 7 || i - j < 33; };
  struct Case {
    Rect rect;
    int64_t width, height;
  };
  for (const auto& [r, width, height] : {Case{{0, n, 0, n}, 20, 13}, Case{{64, 180, 3, 200}, 197, 116}, Case{{10, 20, 100, 331}, 7, 30}, Case{{300, 301, 0, 301}, 301, 1}}) {
    std::vector<float> picture(static_cast<size_t>(width * height));
    layer->mask_tile(1, a_shape(7, 33), false, r, width, height, picture.data(), with_threads(2));
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        const int64_t i0 = r.q0 + y * (r.q1 - r.q0) / height, i1 = std::max(i0 + 1, r.q0 + (y + 1) * (r.q1 - r.q0) / height);
        const int64_t j0 = r.k0 + x * (r.k1 - r.k0) / width, j1 = std::max(j0 + 1, r.k0 + (x + 1) * (r.k1 - r.k0) / width);
        double kept = 0, causal = 0;
        for (int64_t i = i0; i < i1; ++i)
          for (int64_t j = j0; j < j1 && j <= i; ++j) {
            kept += keeps(i, j);
            causal += 1;
          }
        const float got = picture[static_cast<size_t>(y * width + x)];
        if (causal > 0) HS_CHECK_NEAR(got, kept / causal, 1e-6);
        else HS_CHECK(std::isnan(got));
      }
  }
}

HS_TEST("a block mask's picture agrees with its index") {
  const int64_t n = 300;
  const Capture c(n);
  const auto layer = c.layer();
  const auto mask = layer->index(0, block_sparse(2, 32), false, with_threads(2));
  std::vector<float> picture(static_cast<size_t>(n * n));
  layer->mask_tile(0, block_sparse(2, 32), false, {0, n, 0, n}, n, n, picture.data(), with_threads(2));
  int64_t kept = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      bool listed = false;
      for (int64_t t = mask->index.block_start[i / 32]; t < mask->index.block_start[i / 32 + 1]; ++t) listed = listed || mask->index.blocks[t] == j / 32;
      HS_CHECK_EQ(picture[static_cast<size_t>(i * n + j)], listed ? 1.0f : 0.0f);
      kept += listed;
    }
  HS_CHECK_EQ(kept, mask->nominal_cells);
}

HS_TEST("a surface's edges hold the masses that evaluations find") {
  const int64_t n = 331;
  const Capture c(n);
  const auto layer = c.layer();
  SurfaceRequest request;
  request.head = 1;
  request.kind = PatternKind::a_shape;
  request.edges0 = {0, 5, 100};
  request.edges1 = {1, 40, 331};
  request.band_start = {0, 150, n};
  const Surface s = layer->surface(request, with_threads(2));
  for (size_t a = 0; a < 3; ++a)
    for (size_t b = 0; b < 3; ++b) {
      const Evaluation e = layer->evaluate(1, a_shape(request.edges0[a], request.edges1[b]), false, with_threads(2));
      double bands[2] = {0, 0};
      for (int64_t i = 0; i < n; ++i) bands[i >= 150] += e.row_recall[static_cast<size_t>(i)];
      HS_CHECK_NEAR(s.band_mass[a * 3 + b], bands[0], 1e-3);
      HS_CHECK_NEAR(s.band_mass[9 + a * 3 + b], bands[1], 1e-3);
      HS_CHECK_EQ(s.nominal_cells[a * 3 + b], static_cast<double>(e.nominal_cells));
      HS_CHECK_EQ(s.executed_tiles[a * 3 + b], static_cast<double>(e.executed_tiles));
    }
}

HS_TEST("questions outside the layer are refused") {
  const Capture c(50);
  const auto layer = c.layer();
  std::vector<float> out(2500);
  for (const auto& question : std::vector<std::function<void()>>{
           [&] { layer->lse(4, out.data(), with_threads(1)); },
           [&] { layer->index(-1, Pattern{}, false, with_threads(1)); },
           [&] { layer->tile(0, {0, 51, 0, 50}, 5, 5, HS_SUM, out.data(), with_threads(1)); },
           [&] { layer->tile(0, {7, 7, 0, 50}, 5, 5, HS_SUM, out.data(), with_threads(1)); },
           [&] { layer->tile(0, {0, 50, 0, 50}, 0, 5, HS_SUM, out.data(), with_threads(1)); },
           [&] { layer->mask_tile(0, Pattern{}, false, {0, 50, -1, 50}, 5, 5, out.data(), with_threads(1)); },
           [&] { layer->lse(0, out.data(), with_threads(0)); }})
    HS_CHECK_EQ(code_of(question), std::string("INVALID_REQUEST"));
  HS_CHECK_EQ(code_of([&] { layer->evaluate(0, block_sparse(1, 17), false, with_threads(1)); }), std::string("PATTERN_INVALID"));
}

HS_TEST("a cancelled job throws and spoils nothing that is cached") {
  const int64_t n = 5000;
  const Capture c(n);
  const auto layer = c.layer();
  std::vector<float> first(static_cast<size_t>(n)), second(first.size());
  std::atomic<int32_t> cancel{0};
  Job job = with_threads(2);
  job.cancel = &cancel;
  job.progress = [&](double, double, const std::string&) { cancel = 1; };
  HS_CHECK_EQ(code_of([&] { layer->lse(0, first.data(), job); }), std::string("CANCELLED"));
  cancel = 0;
  HS_CHECK_EQ(code_of([&] { layer->evaluate(0, a_shape(5, 100), false, job); }), std::string("CANCELLED"));
  cancel = 1;
  std::vector<float> picture(100 * 100);
  HS_CHECK_EQ(code_of([&] { layer->mask_tile(0, a_shape(5, 100), false, {0, n, 0, n}, 100, 100, picture.data(), job); }), std::string("CANCELLED"));
  layer->lse(0, first.data(), with_threads(2));
  c.layer()->lse(0, second.data(), with_threads(2));
  HS_CHECK(first == second);
}
