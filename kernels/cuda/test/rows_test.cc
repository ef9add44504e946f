// embed, rms_norm, split_heads, the gates, scale_cap and add_rows against float64, within what kernels/cpu/linear_test.cc allows.
#include <cmath>
#include <random>

#include "../../check/rotation_case.h"
#include "placed.h"

using headscope::cuda::backend;
using headscope::cuda::last_error;
using namespace headscope::cuda::testing;
using headscope::testing::RotationCase;
using headscope::testing::StoredWeights;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr hs_dtype kTypes[] = {HS_F32, HS_F16, HS_BF16};

bool same_value(double a, double b) { return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)); }

HS_TEST("every half and bfloat16 widens exactly") {
  for (hs_dtype dtype : {HS_F16, HS_BF16}) {
    StoredWeights table(dtype, 1024, 64);
    for (int64_t i = 0; i < 65536; ++i) table.set(i, static_cast<uint32_t>(i));
    const PlacedWeights placed(table);
    std::vector<int32_t> ids(1024);
    for (int32_t i = 0; i < 1024; ++i) ids[static_cast<size_t>(i)] = i;
    const There<float> out(65536);
    expect_ok(backend()->embed(nullptr, &placed.view, ids.data(), 1024, out.data()), "embed");
    const std::vector<float> got = out.get();
    for (int64_t i = 0; i < 65536; ++i)
      if (!same_value(got[static_cast<size_t>(i)], table.value(i))) HS_CHECK_EQ(got[static_cast<size_t>(i)], table.value(i));
  }
}

HS_TEST("embed copies the rows asked for, in order, and refuses an id outside the table") {
  for (hs_dtype dtype : kTypes)
    for (const int64_t width : {1, 77, 256, 300}) {
      std::mt19937 random(1);
      const StoredWeights table(dtype, 50, width, random);
      const PlacedWeights placed(table);
      std::vector<int32_t> ids = {49, 0, 7, 7, 12};
      const There<float> out(5 * width);
      expect_ok(backend()->embed(nullptr, &placed.view, ids.data(), 5, out.data()), "embed");
      const std::vector<float> got = out.get();
      for (int64_t r = 0; r < 5; ++r)
        for (int64_t i = 0; i < width; ++i)
          HS_CHECK_EQ(static_cast<double>(got[static_cast<size_t>(r * width + i)]), table.value(ids[static_cast<size_t>(r)] * width + i));
      for (const int32_t bad : {-1, 50}) {
        ids[3] = bad;
        HS_CHECK_EQ(backend()->embed(nullptr, &placed.view, ids.data(), 5, out.data()), HS_INVALID);
      }
    }
}

HS_TEST("rms_norm is within 1e-6 of float64 for any width and magnitude, in place too") {
  for (hs_dtype dtype : kTypes)
    for (const int64_t width : {1, 3, 31, 32, 33, 255, 256, 257, 576, 4099})
      for (const double magnitude : {1e-6, 1.0, 3e4, 1e25}) {
        std::mt19937 random(2);
        const int64_t rows = width > 1000 ? 2 : 3;
        const StoredWeights weight(dtype, width, 1, random);
        const PlacedWeights placed(weight);
        const std::vector<float> x = normals(rows * width, 3, 0.3, magnitude);
        const float eps = 1e-5f;
        const auto run = [&](bool in_place) {
          const There<float> in(x), out(rows * width);
          float* to = in_place ? in.data() : out.data();
          expect_ok(backend()->rms_norm(nullptr, in.data(), rows, width, &placed.view, eps, to), "rms_norm");
          return in_place ? in.get() : out.get();
        };
        const std::vector<float> got = same_in_every_order([&] { return run(false); });
        HS_CHECK(run(true) == got);
        for (int64_t r = 0; r < rows; ++r) {
          double squares = 0;
          for (int64_t i = 0; i < width; ++i) squares += std::pow(static_cast<double>(x[static_cast<size_t>(r * width + i)]), 2);
          const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(eps));
          for (int64_t i = 0; i < width; ++i) {
            const double expected = x[static_cast<size_t>(r * width + i)] * scale * weight.value(i);
            HS_CHECK_NEAR(got[static_cast<size_t>(r * width + i)], expected, 1e-6 * std::fabs(expected) + 1e-40);
          }
        }
      }
}

HS_TEST("split_heads turns the pairs of every head into its place, and copies what does not turn") {
  struct Shape {
    int64_t rows;
    int32_t heads, d, pairs;
  };
  for (const Shape& s : {Shape{1, 1, 2, 1}, Shape{5, 3, 6, 3}, Shape{70, 9, 64, 32}, Shape{33, 2, 80, 30}, Shape{9, 4, 128, 32}, Shape{63, 1, 34, 17}, Shape{4, 2, 7, 0},
                         Shape{12, 2, 96, 48}, Shape{5, 2, 256, 128}})
    for (const bool interleaved : {false, true}) {
      const RotationCase c(s.rows, s.heads, s.d, s.pairs, interleaved);
      const There<float> x(c.x), cos(c.cos), sin(c.sin), out(c.untouched());
      const hs_rotation rotation{cos.data(), sin.data(), c.pairs, c.interleaved};
      expect_ok(backend()->split_heads(nullptr, x.data(), c.ldx, c.rows, c.heads, c.d, c.pairs ? &rotation : nullptr, out.data(), c.first, c.total), "split_heads");
      c.expect(out.get());
    }
}

using Gate = hs_status (*)(const hs_exec*, float*, const float*, int64_t, int64_t, int64_t);

// Gates every value of `gates` in rows of some widths with a gap between; expected(g) is the activation in float64.
template <class Expected>
void check_gate(Gate gate, const std::vector<float>& gates, Expected&& expected) {
  for (const int64_t width : {1, 5, 16, 61}) {
    const int64_t gap = 2, ld = width + gap, rows = (static_cast<int64_t>(gates.size()) + width - 1) / width;
    std::vector<float> g(static_cast<size_t>(rows * ld - gap), kNan), up(g.size(), kNan);
    for (int64_t i = 0; i < rows * width; ++i) {
      const auto at = static_cast<size_t>(i / width * ld + i % width);
      g[at] = gates[static_cast<size_t>(i) % gates.size()];
      up[at] = static_cast<float>(i % 7) - 3.5f;
    }
    const There<float> there_g(g), there_up(up);
    expect_ok(gate(nullptr, there_g.data(), there_up.data(), rows, width, ld), "gate");
    const std::vector<float> out = there_g.get();
    for (size_t at = 0; at < out.size(); ++at) {
      const double want = expected(static_cast<double>(g[at])) * up[at];
      if (static_cast<int64_t>(at) % ld >= width || std::isnan(g[at])) HS_CHECK(std::isnan(out[at]));
      else if (std::isinf(want)) HS_CHECK_EQ(static_cast<double>(out[at]), want);
      else HS_CHECK_NEAR(out[at], want, 2e-6 * std::fabs(want) + 1e-6 * std::fmin(1, std::fabs(g[at])) * (want == 0 || std::fabs(want) < 1e-4) + 1e-33);
    }
  }
}

HS_TEST("gated_silu is x / (1 + exp(-x)) times up, from far below zero to infinity") {
  std::vector<float> gates = {0, -0.0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 87, 88, 89, 100, 1e4f, 1e30f, kInf, kNan, -87, -100, -104, -1e4f, -1e30f};
  for (float g = -80; g < 80; g += 0.137f) gates.push_back(g);
  check_gate(backend()->gated_silu, gates, [](double g) { return g / (1 + std::exp(-g)); });
}

HS_TEST("gated_gelu is gelu's tanh form times up") {
  std::vector<float> gates = {0, -0.0f, 1e-30f, 1e-6f, -1e-6f, 100, 1e4f, -100, -1e4f};
  for (float g = -12; g < 12; g += 0.0437f) gates.push_back(g);
  check_gate(backend()->gated_gelu, gates, [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); });
}

HS_TEST("scale_cap scales, and bends towards the cap without passing it") {
  for (const float cap : {0.0f, 30.0f, 50.0f}) {
    std::vector<float> x = {0, -0.0f, 1e-20f, kInf, -kInf, 1e30f, -1e30f};
    for (float v = -400; v < 400; v += 1.73f) x.push_back(v);
    const There<float> there(x);
    expect_ok(backend()->scale_cap(nullptr, there.data(), static_cast<int64_t>(x.size()), 0.25f, cap), "scale_cap");
    const std::vector<float> out = there.get();
    for (size_t i = 0; i < x.size(); ++i) {
      const double scaled = 0.25 * static_cast<double>(x[i]), c = static_cast<double>(cap);
      const double expected = cap > 0 ? c * std::tanh(scaled / c) : scaled;
      if (std::isinf(expected)) HS_CHECK_EQ(static_cast<double>(out[i]), expected);
      else HS_CHECK_NEAR(out[i], expected, 3e-7 * (std::fabs(expected) + (cap > 0 ? 0.5 * std::fmin(c, std::fabs(scaled)) : 0)));
    }
  }
}

HS_TEST("add_rows adds weighted rows to the rows they name") {
  for (const int64_t width : {1, 7, 64, 300}) {
    const std::vector<int32_t> ids = {4, 0, 2};
    const std::vector<float> weights = {0.5f, -2, 3};
    std::vector<float> x(static_cast<size_t>(3 * width));
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) - 8;
    const There<float> there(x), named(std::vector<float>(static_cast<size_t>(5 * width), 1)), plain(std::vector<float>(x.size(), 1));
    expect_ok(backend()->add_rows(nullptr, there.data(), 3, width, ids.data(), weights.data(), 0.25f, named.data()), "add_rows");
    expect_ok(backend()->add_rows(nullptr, there.data(), 3, width, nullptr, nullptr, 0.25f, plain.data()), "add_rows");
    const std::vector<float> got_named = named.get(), got_plain = plain.get();
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t r = 0; r < 3; ++r) {
        const float from = x[static_cast<size_t>(r * width + i)];
        HS_CHECK_EQ(got_plain[static_cast<size_t>(r * width + i)], 1 + 0.25f * from);
        HS_CHECK_EQ(got_named[static_cast<size_t>(ids[static_cast<size_t>(r)] * width + i)], 1 + 0.25f * weights[static_cast<size_t>(r)] * from);
      }
      HS_CHECK_EQ(got_named[static_cast<size_t>(width + i)], 1.0f);
      HS_CHECK_EQ(got_named[static_cast<size_t>(3 * width + i)], 1.0f);
    }
  }
}

HS_TEST("the row kernels hear a cancel, do nothing for no rows, and refuse bad shapes") {
  std::mt19937 random(4);
  const StoredWeights weight(HS_F32, 8, 1, random), table(HS_F32, 4, 8, random);
  const PlacedWeights w(weight), t(table);
  const There<float> x(std::vector<float>(8, 1.0f)), out(std::vector<float>(8, 2.0f));
  const int32_t id = 0, stop = 1;
  hs_exec cancelled{}, runs{};
  cancelled.cancel = &stop;
  const headscope_backend_v1& b = *backend();
  for (const bool run : {false, true}) {
    const hs_exec* exec = run ? &cancelled : &runs;
    const hs_status expected = run ? HS_CANCELLED : HS_OK;
    HS_CHECK_EQ(b.embed(exec, &t.view, &id, run, out.data()), expected);
    HS_CHECK_EQ(b.rms_norm(exec, x.data(), run, 8, &w.view, 1e-5f, out.data()), expected);
    HS_CHECK_EQ(b.split_heads(exec, x.data(), 8, run, 2, 4, nullptr, out.data(), 0, 1), expected);
    HS_CHECK_EQ(b.gated_silu(exec, out.data(), x.data(), run, 8, 8), expected);
  }
  for (const float v : out.get()) HS_CHECK_EQ(v, 2.0f);
  HS_CHECK_EQ(b.rms_norm(&runs, x.data(), 1, 7, &w.view, 1e-5f, out.data()), HS_INVALID);
  HS_CHECK_EQ(b.split_heads(&runs, x.data(), 7, 1, 2, 4, nullptr, out.data(), 0, 1), HS_INVALID);
  HS_CHECK_EQ(b.split_heads(&runs, x.data(), 8, 1, 2, 4, nullptr, out.data(), 1, 1), HS_INVALID);
  const hs_rotation wide{x.data(), x.data(), 2, 0};
  HS_CHECK_EQ(b.split_heads(&runs, x.data(), 9, 1, 3, 3, &wide, out.data(), 0, 1), HS_INVALID);
  HS_CHECK_EQ(b.gated_silu(&runs, out.data(), x.data(), 1, 8, 7), HS_INVALID);
}

}  // namespace
