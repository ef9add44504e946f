// embed, rms_norm, split_heads, the gates, scale_cap and add_rows against float64, for every instruction set of this processor.
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "../check/check.h"
#include "../check/rotation_case.h"
#include "../check/threads.h"
#include "../check/weights.h"
#include "backend.h"

using headscope::testing::RotationCase;
using headscope::testing::StoredWeights;
using headscope::testing::Threads;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr hs_dtype kTypes[] = {HS_F32, HS_F16, HS_BF16};

template <class Body>
void on_every_isa(const Body& body) {
  for (const char* const* isa = headscope::cpu::available_isas(); *isa; ++isa) body(*headscope::cpu::backend_for(*isa));
}

bool same_value(double a, double b) { return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)); }

}  // namespace

HS_TEST("every half and bfloat16 widens exactly, alone and in a vector") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (hs_dtype dtype : {HS_F16, HS_BF16})
      for (int64_t width : {1, 64}) {
        StoredWeights table(dtype, 65536 / width, width);
        for (int64_t i = 0; i < 65536; ++i) table.set(i, static_cast<uint32_t>(i));
        const hs_weights view = table.view();
        std::vector<int32_t> ids(static_cast<size_t>(65536 / width));
        for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i);
        std::vector<float> out(65536);
        Threads workers(2);
        HS_CHECK_EQ(backend.embed(workers.exec(), &view, ids.data(), static_cast<int64_t>(ids.size()), out.data()), HS_OK);
        for (int64_t i = 0; i < 65536; ++i)
          if (!same_value(out[static_cast<size_t>(i)], table.value(i))) HS_CHECK_EQ(out[static_cast<size_t>(i)], table.value(i));
      }
  });
}

HS_TEST("embed copies the rows asked for, in order, and refuses an id outside the table") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (hs_dtype dtype : kTypes) {
      std::mt19937 random(1);
      const int64_t width = 77;
      const StoredWeights table(dtype, 50, width, random);
      const hs_weights view = table.view();
      std::vector<int32_t> ids = {49, 0, 7, 7, 12};
      for (int i = 0; i < 600; ++i) ids.push_back(static_cast<int32_t>(random() % 50));
      std::vector<float> out(ids.size() * static_cast<size_t>(width), kNan);
      Threads workers(3);
      HS_CHECK_EQ(backend.embed(workers.exec(), &view, ids.data(), static_cast<int64_t>(ids.size()), out.data()), HS_OK);
      for (size_t r = 0; r < ids.size(); ++r)
        for (int64_t i = 0; i < width; ++i)
          HS_CHECK_EQ(static_cast<double>(out[r * static_cast<size_t>(width) + static_cast<size_t>(i)]), table.value(ids[r] * width + i));
      for (int32_t bad : {-1, 50}) {
        ids[3] = bad;
        HS_CHECK_EQ(backend.embed(workers.exec(), &view, ids.data(), static_cast<int64_t>(ids.size()), out.data()), HS_INVALID);
      }
    }
  });
}

HS_TEST("rms_norm is within 1e-6 of float64 for any width and magnitude") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (hs_dtype dtype : kTypes)
      for (int64_t width : {1, 3, 16, 17, 64, 576, 4099, 60001})
        for (double magnitude : {1e-6, 1.0, 3e4, 1e25}) {
          std::mt19937 random(2);
          std::normal_distribution<double> normal(0.3, 1);
          const int64_t rows = width > 5000 ? 2 : 37;
          const StoredWeights weight(dtype, width, 1, random);
          const hs_weights view = weight.view();
          std::vector<float> x(static_cast<size_t>(rows * width)), out(x.size(), kNan);
          for (float& v : x) v = static_cast<float>(normal(random) * magnitude);
          const float eps = 1e-5f;
          Threads workers(3);
          HS_CHECK_EQ(backend.rms_norm(workers.exec(), x.data(), rows, width, &view, eps, out.data()), HS_OK);
          for (int64_t r = 0; r < rows; ++r) {
            double squares = 0;
            for (int64_t i = 0; i < width; ++i) squares += std::pow(static_cast<double>(x[static_cast<size_t>(r * width + i)]), 2);
            const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(eps));
            for (int64_t i = 0; i < width; ++i) {
              const double expected = x[static_cast<size_t>(r * width + i)] * scale * weight.value(i);
              HS_CHECK_NEAR(out[static_cast<size_t>(r * width + i)], expected, 1e-6 * std::fabs(expected) + 1e-40);
            }
          }
        }
  });
}

HS_TEST("split_heads turns the pairs of every head into its place, and copies what does not turn") {
  struct Shape {
    int64_t rows;
    int32_t heads, d, pairs;
  };
  on_every_isa([](const headscope_backend_v1& backend) {
    for (const Shape& s : {Shape{1, 1, 2, 1}, Shape{5, 3, 6, 3}, Shape{70, 9, 64, 32}, Shape{33, 2, 80, 30}, Shape{9, 4, 128, 32}, Shape{300, 1, 34, 17},
                           Shape{4, 2, 7, 0}, Shape{12, 2, 96, 48}, Shape{5, 2, 16, 1}})
      for (bool interleaved : {false, true}) {
        const RotationCase c(s.rows, s.heads, s.d, s.pairs, interleaved);
        std::vector<float> out = c.untouched();
        Threads workers(3);
        const hs_rotation rotation{c.cos.data(), c.sin.data(), c.pairs, c.interleaved};
        HS_CHECK_EQ(backend.split_heads(workers.exec(), c.x.data(), c.ldx, c.rows, c.heads, c.d, c.pairs ? &rotation : nullptr, out.data(), c.first, c.total), HS_OK);
        c.expect(out);
      }
  });
}

HS_TEST("gated_gelu is gelu's tanh form times up") {
  on_every_isa([](const headscope_backend_v1& backend) {
    std::vector<float> gates = {0, -0.0f, 1e-30f, 1e-6f, -1e-6f, 100, 1e4f, -100, -1e4f};
    for (float g = -12; g < 12; g += 0.0137f) gates.push_back(g);
    for (int64_t width : {1, 5, 16, 61}) {
      const int64_t rows = static_cast<int64_t>(gates.size()) / width, ld = width + 2;
      std::vector<float> gate(static_cast<size_t>(rows * ld), 7), up(gate.size(), kNan);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < width; ++i) {
          gate[static_cast<size_t>(r * ld + i)] = gates[static_cast<size_t>(r * width + i)];
          up[static_cast<size_t>(r * ld + i)] = 0.5f + static_cast<float>(i);
        }
      Threads workers(3);
      HS_CHECK_EQ(backend.gated_gelu(workers.exec(), gate.data(), up.data(), rows, width, ld), HS_OK);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < ld; ++i) {
          const double got = gate[static_cast<size_t>(r * ld + i)];
          if (i >= width) {
            HS_CHECK_EQ(got, 7.0);
            continue;
          }
          const double x = gates[static_cast<size_t>(r * width + i)];
          const double expected = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) * (0.5 + static_cast<double>(i));
          HS_CHECK_NEAR(got, expected, 2e-6 * std::fabs(expected) + 1e-7 * std::fabs(x) * (1 + static_cast<double>(i)) + 1e-37);
        }
    }
  });
}

HS_TEST("scale_cap scales, and bends towards the cap without passing it") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (const float cap : {0.0f, 30.0f, 50.0f}) {
      std::vector<float> x = {0, -0.0f, 1e-20f, kInf, -kInf, 1e30f, -1e30f};
      for (float v = -400; v < 400; v += 0.173f) x.push_back(v);
      std::vector<float> out = x;
      Threads workers(3);
      HS_CHECK_EQ(backend.scale_cap(workers.exec(), out.data(), static_cast<int64_t>(out.size()), 0.25f, cap), HS_OK);
      for (size_t i = 0; i < x.size(); ++i) {
        const double scaled = 0.25 * static_cast<double>(x[i]), c = static_cast<double>(cap);
        const double expected = cap > 0 ? c * std::tanh(scaled / c) : scaled;
        if (std::isinf(expected)) HS_CHECK_EQ(static_cast<double>(out[i]), expected);
        else HS_CHECK_NEAR(out[i], expected, 3e-7 * (std::fabs(expected) + (cap > 0 ? 0.5 * std::fmin(c, std::fabs(scaled)) : 0)));
      }
    }
  });
}

HS_TEST("add_rows adds weighted rows to the rows they name") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (const int64_t width : {1, 7, 64, 100}) {
      const std::vector<int32_t> ids = {4, 0, 2};
      const std::vector<float> weights = {0.5f, -2, 3};
      std::vector<float> x(static_cast<size_t>(3 * width)), named(static_cast<size_t>(5 * width), 1), plain(x.size(), 1);
      for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) - 8;
      Threads workers(3);
      HS_CHECK_EQ(backend.add_rows(workers.exec(), x.data(), 3, width, ids.data(), weights.data(), 0.25f, named.data()), HS_OK);
      HS_CHECK_EQ(backend.add_rows(workers.exec(), x.data(), 3, width, nullptr, nullptr, 0.25f, plain.data()), HS_OK);
      for (int64_t i = 0; i < width; ++i) {
        for (size_t r = 0; r < 3; ++r) {
          const float from = x[r * static_cast<size_t>(width) + static_cast<size_t>(i)];
          HS_CHECK_EQ(plain[r * static_cast<size_t>(width) + static_cast<size_t>(i)], 1 + 0.25f * from);
          HS_CHECK_EQ(named[static_cast<size_t>(ids[r] * width + i)], 1 + 0.25f * weights[r] * from);
        }
        HS_CHECK_EQ(named[static_cast<size_t>(width + i)], 1.0f);
        HS_CHECK_EQ(named[static_cast<size_t>(3 * width + i)], 1.0f);
      }
    }
  });
}

HS_TEST("gated_silu is within 1e-6 of float64 from -80 to infinity and writes no gap") {
  on_every_isa([](const headscope_backend_v1& backend) {
    std::vector<float> gates = {0, -0.0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 87, 88, 89, 100, 1e4f, 1e30f, kInf, kNan, -87, -100, -104, -1e4f, -1e30f};
    for (float g = -80; g < 80; g += 0.0137f) gates.push_back(g);
    for (int64_t width : {1, 5, 16, 61}) {
      const int64_t gap = 2, ld = width + gap, rows = (static_cast<int64_t>(gates.size()) + width - 1) / width;
      std::vector<float> gate(static_cast<size_t>(rows * ld - gap), kNan), up(gate.size(), kNan);
      for (int64_t i = 0; i < rows * width; ++i) {
        const size_t at = static_cast<size_t>(i / width * ld + i % width);
        gate[at] = gates[static_cast<size_t>(i) % gates.size()];
        up[at] = static_cast<float>(i % 7) - 3.5f;
      }
      std::vector<float> out = gate;
      Threads workers(2);
      HS_CHECK_EQ(backend.gated_silu(workers.exec(), out.data(), up.data(), rows, width, ld), HS_OK);
      for (size_t at = 0; at < out.size(); ++at) {
        const double g = gate[at], expected = g / (1 + std::exp(-g)) * up[at];
        if (static_cast<int64_t>(at) % ld >= width || std::isnan(g)) HS_CHECK(std::isnan(out[at]));
        else if (std::isinf(expected)) HS_CHECK_EQ(static_cast<double>(out[at]), expected);
        else HS_CHECK_NEAR(out[at], expected, 1e-6 * std::fabs(expected) + 1e-33);
      }
    }
  });
}

HS_TEST("the row kernels hear a cancel, do nothing for no rows, and refuse bad shapes") {
  on_every_isa([](const headscope_backend_v1& backend) {
    std::mt19937 random(4);
    const StoredWeights weight(HS_F32, 8, 1, random), table(HS_F32, 4, 8, random);
    const hs_weights w = weight.view(), t = table.view();
    std::vector<float> x(8, 1.0f), out(8, 2.0f);
    const int32_t id = 0;
    const int32_t cancel = 1;
    Threads cancelled(2, &cancel), workers(2);
    for (const bool run : {false, true}) {
      const hs_exec* exec = run ? cancelled.exec() : workers.exec();
      const hs_status expected = run ? HS_CANCELLED : HS_OK;
      HS_CHECK_EQ(backend.embed(exec, &t, &id, run, out.data()), expected);
      HS_CHECK_EQ(backend.rms_norm(exec, x.data(), run, 8, &w, 1e-5f, out.data()), expected);
      HS_CHECK_EQ(backend.split_heads(exec, x.data(), 8, run, 2, 4, nullptr, out.data(), 0, 1), expected);
      HS_CHECK_EQ(backend.gated_silu(exec, out.data(), x.data(), run, 8, 8), expected);
    }
    for (float v : out) HS_CHECK_EQ(v, 2.0f);
    HS_CHECK_EQ(backend.rms_norm(workers.exec(), x.data(), 1, 7, &w, 1e-5f, out.data()), HS_INVALID);
    HS_CHECK_EQ(backend.split_heads(workers.exec(), x.data(), 7, 1, 2, 4, nullptr, out.data(), 0, 1), HS_INVALID);
    HS_CHECK_EQ(backend.split_heads(workers.exec(), x.data(), 8, 1, 2, 4, nullptr, out.data(), 1, 1), HS_INVALID);
    const hs_rotation wide{x.data(), x.data(), 2, 0};
    HS_CHECK_EQ(backend.split_heads(workers.exec(), x.data(), 9, 1, 3, 3, &wide, out.data(), 0, 1), HS_INVALID);
    HS_CHECK_EQ(backend.gated_silu(workers.exec(), out.data(), x.data(), 1, 8, 7), HS_INVALID);
  });
}
