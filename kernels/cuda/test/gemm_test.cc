// gemm against sums in float64: every path, precision, type, shape and stride.
#include "kernels/cuda/gemm.h"

#include <cmath>
#include <iterator>

#include "placed.h"
#if HS_EMULATED
#include "kernels/cuda/emulator/bank_conflicts.h"
#endif

using headscope::testing::StoredWeights;
using namespace headscope::cuda;
using namespace headscope::cuda::testing;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr hs_dtype kTypes[] = {HS_F32, HS_F16, HS_BF16};
// The Hopper kernel runs where its instructions are: on the emulator, and on sm_90.
const std::vector<GemmPath> kPaths = HS_EMULATED || device().architecture == 90 ? std::vector{GemmPath::large_tiles, GemmPath::small_tiles, GemmPath::hopper}
                                                                                : std::vector{GemmPath::large_tiles, GemmPath::small_tiles};

struct Shape {
  int64_t rows, in, out;
};
// One element; tiles, stages and 16 bytes of depth cut short or met exactly.
const Shape kShapes[] = {{1, 1, 1}, {1, 7, 3}, {2, 63, 64}, {63, 64, 65}, {64, 65, 63}, {65, 32, 127}, {127, 129, 2}, {129, 33, 130}, {17, 255, 66}};

struct Case {
  Shape shape;
  hs_dtype dtype = HS_BF16;
  bool with_bias = false, add = false;
  int64_t gap = 0;         // by which rows are longer than used
  double magnitude = 1, mean = 0;
};

// The product, and how far from float64 it may be and is.
struct Outcome {
  std::vector<float> out;
  double norm = 0, error = 0, worst = 0;  // worst: of |error| / sum of |products|
};

Outcome multiplied(const GemmChoice& choice, const Case& c) {
  const auto [rows, in, width] = c.shape;
  std::mt19937 random(static_cast<uint32_t>(rows * 31 + in * 7 + width + c.dtype));
  const StoredWeights weights(c.dtype, width, in, random);
  const PlacedWeights placed(weights);
  const int64_t lda = in + c.gap, ldo = width + 2 * c.gap;
  std::vector<float> a = normals((rows - 1) * lda + in, 11, c.mean, c.magnitude), before = normals((rows - 1) * ldo + width, 12);
  for (int64_t r = 0; r + 1 < rows; ++r)
    for (int64_t i = in; i < lda; ++i) a[static_cast<size_t>(r * lda + i)] = kNan;
  if (!c.add)
    for (float& x : before) x = kNan;
  const std::vector<float> bias = normals(width, 13);
  const There<float> a_there(a), bias_there(bias);

  Outcome result;
  result.out = same_in_every_order([&] {
    const There<float> out(before);
    expect_ok(gemm_as(choice, nullptr, a_there.data(), lda, rows, &placed.view, c.with_bias ? bias_there.data() : nullptr, c.add, out.data(), ldo), "gemm");
    return out.get();
  });
  for (int64_t at = 0; at < static_cast<int64_t>(before.size()); ++at) {
    const int64_t r = at / ldo, o = at % ldo;
    const float got = result.out[static_cast<size_t>(at)], was = before[static_cast<size_t>(at)];
    if (o >= width) {
      HS_CHECK(std::memcmp(&got, &was, 4) == 0);  // the gap is not written
      continue;
    }
    double sum = (c.add ? was : 0.0) + (c.with_bias ? bias[static_cast<size_t>(o)] : 0.0), size = std::fabs(sum);
    for (int64_t i = 0; i < in; ++i) {
      const double product = a[static_cast<size_t>(r * lda + i)] * weights.value(o * in + i);
      sum += product;
      size += std::fabs(product);
    }
    HS_CHECK(std::isfinite(got));
    result.norm += sum * sum;
    result.error += (got - sum) * (got - sum);
    result.worst = std::max(result.worst, std::fabs(got - sum) / size);
  }
  return result;
}

// What gemm.h says that a product loses at most, and a little for sums in float32; the norm of what is lost is well below it.
void expect_within(const GemmChoice& choice, const Case& c) {
  const Outcome result = multiplied(choice, c);
  const bool exact = choice.precision == GemmPrecision::exact, one_plane = c.dtype == HS_BF16;
  const double rounding = 1e-6, activation = exact ? 0x1p-17 : 0x1p-8, weight = one_plane ? 0 : exact ? 0x1p-16 + (c.dtype == HS_F32 ? 0x1p-17 : 0) : 0x1p-8;
  HS_CHECK(result.worst <= activation + weight + rounding);
  if (c.shape.rows * c.shape.out > 100) HS_CHECK(std::sqrt(result.error / result.norm) <= (exact ? one_plane ? 4e-6 : 1.2e-5 : 4e-3));
}

HS_TEST("gemm equals float64 sums for every shape, path, bias, add and stride") {
  for (const GemmPath path : kPaths)
    for (size_t i = 0; i < std::size(kShapes); ++i) {
      const auto variant = static_cast<int64_t>(i);
      expect_within({path}, {kShapes[i], HS_BF16, variant % 2 == 1, variant % 4 >= 2, variant % 3});
    }
}

HS_TEST("blocks that stay on their processor go from tile to tile") {
  for (const GemmPath path : kPaths) expect_within({path}, {{270, 200, 530}, HS_BF16, true, true, 0});
}

HS_TEST("gemm takes weights of every type, exact and fast") {
  for (const GemmPrecision precision : {GemmPrecision::exact, GemmPrecision::fast})
    for (const hs_dtype dtype : kTypes)
      for (const GemmPath path : kPaths) {
        expect_within({path, precision}, {{70, 100, 67}, dtype, true, true, 1});
        expect_within({path, precision}, {{3, 40, 130}, dtype});
      }
}

HS_TEST("gemm keeps its digits for large and for shifted activations") {
  for (const double magnitude : {1e-20, 10.0, 1e20}) expect_within({GemmPath::small_tiles}, {{33, 96, 40}, HS_BF16, false, false, 0, magnitude});
  expect_within({GemmPath::small_tiles}, {{33, 96, 40}, HS_BF16, false, false, 0, 1, 0.5});
}

HS_TEST("gemm in pieces gives the bits of gemm in one") {
  const Case c{{300, 40, 290}, HS_F16, true, true, 1};
  const Outcome whole = multiplied({GemmPath::small_tiles}, c);
  const Outcome pieces = multiplied({GemmPath::small_tiles, GemmPrecision::exact, 1}, c);
  HS_CHECK(whole.worst <= 0x1p-15);
  HS_CHECK(!std::memcmp(whole.out.data(), pieces.out.data(), whole.out.size() * sizeof(float)));
}

HS_TEST("activations that are bfloat16 already give the same in exact and in fast mode, bit for bit") {
  const Shape s{20, 72, 24};
  std::mt19937 random(1);
  const StoredWeights weights(HS_BF16, s.out, s.in, random);
  const PlacedWeights placed(weights);
  std::vector<float> a = normals(s.rows * s.in, 2);
  for (float& x : a) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    bits &= 0xffff0000u;
    std::memcpy(&x, &bits, 4);
  }
  const There<float> a_there(a), exact(s.rows * s.out), fast(s.rows * s.out);
  for (const GemmPath path : kPaths) {
    expect_ok(gemm_as({path, GemmPrecision::exact}, nullptr, a_there.data(), s.in, s.rows, &placed.view, nullptr, 0, exact.data(), s.out), "exact");
    expect_ok(gemm_as({path, GemmPrecision::fast}, nullptr, a_there.data(), s.in, s.rows, &placed.view, nullptr, 0, fast.data(), s.out), "fast");
    HS_CHECK(exact.get() == fast.get());
  }
}

HS_TEST("gemm keeps a NaN in the row and the output it belongs to, and an infinite activation in its row") {
  const int64_t in = 50, out = 70;
  for (const int64_t rows : {3, 75}) {
    const int64_t bad_row = rows - 2, infinite_row = rows - 1, bad_output = 41;
    std::mt19937 random(6);
    StoredWeights weights(HS_BF16, out, in, random);
    for (int64_t o = 0; o < out; ++o) weights.set(o * in + 9, 0x3f80);
    weights.set(bad_output * in + 49, 0x7fc0);
    const PlacedWeights placed(weights);
    std::vector<float> a = normals(rows * in, 3);
    a[static_cast<size_t>(bad_row * in + 3)] = kNan;
    a[static_cast<size_t>(infinite_row * in + 9)] = std::numeric_limits<float>::infinity();
    const There<float> a_there(a), c(rows * out);
    for (const GemmPath path : kPaths) {
      expect_ok(gemm_as({path}, nullptr, a_there.data(), in, rows, &placed.view, nullptr, 0, c.data(), out), "gemm");
      const std::vector<float> got = c.get();
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t o = 0; o < out; ++o) {
          const float x = got[static_cast<size_t>(r * out + o)];
          HS_CHECK_EQ(std::isnan(x), r == bad_row || o == bad_output);
          HS_CHECK_EQ(std::isinf(x), r == infinite_row && o != bad_output);
        }
    }
  }
}

HS_TEST("an activation that rounds up past the largest bfloat16 stays finite") {
  const StoredWeights weights = [] {
    StoredWeights w(HS_BF16, 1, 1);
    w.set(0, 0x3f00);  // 0.5
    return w;
  }();
  const PlacedWeights placed(weights);
  const float most = std::numeric_limits<float>::max();
  const There<float> a(std::vector<float>{most}), c(1);
  expect_ok(gemm_as({GemmPath::small_tiles}, nullptr, a.data(), 1, 1, &placed.view, nullptr, 0, c.data(), 1), "gemm");
  HS_CHECK_NEAR(c.get()[0] / most, 0.5, 1e-5);
}

HS_TEST("gemm refuses shapes outside its contract, hears a cancel and does nothing for no rows") {
  std::mt19937 random(8);
  const StoredWeights weights(HS_F32, 4, 6, random);
  const PlacedWeights placed(weights);
  const hs_weights w = placed.view;
  const There<float> a(normals(6, 1)), out(std::vector<float>(4, 7.0f));
  const auto gemm = backend()->gemm;
  HS_CHECK_EQ(gemm(nullptr, a.data(), 5, 1, &w, nullptr, 0, out.data(), 4), HS_INVALID);
  HS_CHECK(std::strlen(backend()->last_error()) > 0);
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, 1, &w, nullptr, 0, out.data(), 3), HS_INVALID);
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, -1, &w, nullptr, 0, out.data(), 4), HS_INVALID);
  const hs_weights empty = {w.data, HS_F32, 0, 6}, unknown = {w.data, static_cast<hs_dtype>(3), 4, 6};
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, 1, &empty, nullptr, 0, out.data(), 4), HS_INVALID);
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, 1, &unknown, nullptr, 0, out.data(), 4), HS_INVALID);
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, 0, &w, nullptr, 0, out.data(), 4), HS_OK);
  const int32_t cancelled = 1;
  hs_exec exec{};
  exec.cancel = &cancelled;
  HS_CHECK_EQ(gemm(&exec, a.data(), 6, 1, &w, nullptr, 0, out.data(), 4), HS_CANCELLED);
  for (float x : out.get()) HS_CHECK_EQ(x, 7.0f);
  HS_CHECK_EQ(gemm(nullptr, a.data(), 6, 1, &w, nullptr, 0, out.data(), 4), HS_OK);
}

#if HS_EMULATED
HS_TEST("no ldmatrix of a product has a bank conflict") {
  headscope::emulator::BankCount& count = headscope::emulator::bank_count();
  for (const GemmPath path : {GemmPath::large_tiles, GemmPath::small_tiles})
    for (const hs_dtype dtype : kTypes) {
      count = {};
      multiplied({path}, {{130, 70, 140}, dtype});
      HS_CHECK(count.blocks > 100);
      HS_CHECK_EQ(count.conflicts, 0);
    }
}
#endif

}  // namespace
