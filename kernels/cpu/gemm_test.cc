// gemm against sums in float64, for every instruction set of this processor.
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "../check/check.h"
#include "../check/threads.h"
#include "../check/weights.h"
#include "backend.h"

using headscope::testing::StoredWeights;
using headscope::testing::Threads;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr hs_dtype kTypes[] = {HS_F32, HS_F16, HS_BF16};

template <class Body>
void on_every_isa(const Body& body) {
  for (const char* const* isa = headscope::cpu::available_isas(); *isa; ++isa) body(*headscope::cpu::backend_for(*isa));
}

std::vector<float> random_floats(int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> v(static_cast<size_t>(count));
  for (float& x : v) x = normal(random);
  return v;
}

// A matrix whose rows are `gap` longer than used, the gap full of NaN; the last row has none (so that a read past it is seen).
struct Strided {
  int64_t rows, width, stride;
  std::vector<float> data;
  Strided(int64_t r, int64_t w, int64_t gap) : rows(r), width(w), stride(w + gap), data(static_cast<size_t>((r - 1) * stride + w), kNan) {}
  float& at(int64_t r, int64_t c) { return data[static_cast<size_t>(r * stride + c)]; }
  float* get() { return data.data(); }
};

struct Shape {
  int64_t rows, in, out;
};
// One element; vectors, register tiles and cache blocks cut short or met exactly; few rows and many.
const Shape kShapes[] = {{1, 1, 1},    {1, 7, 3},     {1, 64, 64},   {2, 16, 33},   {3, 17, 5},    {5, 31, 64},  {7, 129, 9},   {8, 100, 50},
                         {9, 1, 1},    {9, 33, 17},   {13, 64, 65},  {14, 16, 32},  {15, 321, 40}, {28, 640, 31}, {61, 700, 129}, {130, 65, 530},
                         {229, 37, 70}, {17, 320, 1100}};

void compare(const headscope_backend_v1& backend, const Shape& s, hs_dtype dtype, bool with_bias, bool add, int64_t gap) {
  std::mt19937 random(static_cast<uint32_t>(s.rows * 31 + s.in * 7 + s.out + dtype));
  const StoredWeights weights(dtype, s.out, s.in, random);
  const hs_weights w = weights.view();
  Strided a(s.rows, s.in, gap), out(s.rows, s.out, 2 * gap);
  std::normal_distribution<float> normal;
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t i = 0; i < s.in; ++i) a.at(r, i) = normal(random);
  if (add)
    for (int64_t r = 0; r < s.rows; ++r)
      for (int64_t o = 0; o < s.out; ++o) out.at(r, o) = normal(random);
  const std::vector<float> bias = random_floats(s.out, random), before = out.data;

  Threads workers(3);
  HS_CHECK_EQ(backend.gemm(workers.exec(), a.get(), a.stride, s.rows, &w, with_bias ? bias.data() : nullptr, add, out.get(), out.stride), HS_OK);

  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t o = 0; o < out.stride; ++o) {
      const size_t at = static_cast<size_t>(r * out.stride + o);
      if (o >= s.out) {
        if (at < out.data.size()) HS_CHECK(std::isnan(out.data[at]));  // the gap is not written
        continue;
      }
      double sum = (add ? before[at] : 0.0) + (with_bias ? bias[static_cast<size_t>(o)] : 0.0), magnitude = std::fabs(sum);
      for (int64_t i = 0; i < s.in; ++i) {
        const double product = a.at(r, i) * weights.value(o * s.in + i);
        sum += product;
        magnitude += std::fabs(product);
      }
      HS_CHECK_NEAR(out.data[at], sum, 1e-6 * magnitude);
    }
}

}  // namespace

HS_TEST("gemm equals float64 sums for every shape, type, bias, add and stride") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (const Shape& s : kShapes)
      for (hs_dtype dtype : kTypes)
        for (int variant = 0; variant < 4; ++variant) compare(backend, s, dtype, variant & 1, variant & 2, variant * 5 % 4);
  });
}

HS_TEST("gemm gives the same bits for any number of workers") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (const Shape& s : {Shape{700, 333, 90}, Shape{40, 500, 1500}, Shape{4, 700, 900}, Shape{1, 64, 5000}}) {
      std::mt19937 random(5);
      const StoredWeights weights(HS_BF16, s.out, s.in, random);
      const hs_weights w = weights.view();
      const std::vector<float> a = random_floats(s.rows * s.in, random);
      std::vector<float> first;
      for (int32_t count : {1, 2, 3, 5, 16}) {
        Threads workers(count);
        std::vector<float> out(static_cast<size_t>(s.rows * s.out), kNan);
        HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), s.in, s.rows, &w, nullptr, 0, out.data(), s.out), HS_OK);
        if (first.empty()) first = out;
        HS_CHECK(!std::memcmp(first.data(), out.data(), out.size() * sizeof(float)));
      }
    }
  });
}

HS_TEST("gemm keeps a NaN in the row and the output it belongs to") {
  on_every_isa([](const headscope_backend_v1& backend) {
    for (int64_t rows : {3, 45}) {
      const int64_t in = 50, out = 70, bad_row = rows - 2, bad_output = 41;
      std::mt19937 random(6);
      StoredWeights weights(HS_BF16, out, in, random);
      weights.set(bad_output * in + 49, 0x7fc0);
      const hs_weights w = weights.view();
      std::vector<float> a = random_floats(rows * in, random), c(static_cast<size_t>(rows * out));
      a[static_cast<size_t>(bad_row * in + 3)] = kNan;
      Threads workers(2);
      HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), in, rows, &w, nullptr, 0, c.data(), out), HS_OK);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t o = 0; o < out; ++o)
          HS_CHECK_EQ(std::isnan(c[static_cast<size_t>(r * out + o)]), r == bad_row || o == bad_output);
    }
  });
}

HS_TEST("gemm hears a cancel before it starts and while it works") {
  on_every_isa([](const headscope_backend_v1& backend) {
    const int64_t rows = 1500, width = 6000;
    std::mt19937 random(7);
    const StoredWeights weights(HS_BF16, width, width, random);
    const hs_weights w = weights.view();
    const std::vector<float> a = random_floats(rows * width, random);
    std::vector<float> out(static_cast<size_t>(rows * width));
    for (int64_t r : {int64_t{1}, rows}) {
      const int32_t cancelled = 1;
      Threads workers(2, &cancelled);
      HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), width, r, &w, nullptr, 0, out.data(), width), HS_CANCELLED);
    }
    using clock = std::chrono::steady_clock;
    std::atomic<int32_t> cancel{0};
    Threads workers(2, reinterpret_cast<const int32_t*>(&cancel));
    clock::time_point asked;
    std::thread user([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      asked = clock::now();
      cancel = 1;
    });
    const hs_status status = backend.gemm(workers.exec(), a.data(), width, rows, &w, nullptr, 0, out.data(), width);
    const clock::time_point returned = clock::now();
    user.join();
    HS_CHECK_EQ(status, HS_CANCELLED);
    HS_CHECK(returned - asked < std::chrono::seconds(2));  // the latency itself is a figure of bench/
  });
}

HS_TEST("gemm refuses shapes outside its contract and does nothing for no rows") {
  on_every_isa([](const headscope_backend_v1& backend) {
    std::mt19937 random(8);
    const StoredWeights weights(HS_F32, 4, 6, random);
    const hs_weights w = weights.view();
    std::vector<float> a(6), out(4, 7.0f);
    Threads workers(1);
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 5, 1, &w, nullptr, 0, out.data(), 4), HS_INVALID);
    HS_CHECK(std::strlen(backend.last_error()) > 0);
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 6, 1, &w, nullptr, 0, out.data(), 3), HS_INVALID);
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 6, -1, &w, nullptr, 0, out.data(), 4), HS_INVALID);
    const hs_weights empty = {w.data, HS_F32, 0, 6}, unknown = {w.data, static_cast<hs_dtype>(3), 4, 6};
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 6, 1, &empty, nullptr, 0, out.data(), 4), HS_INVALID);
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 6, 1, &unknown, nullptr, 0, out.data(), 4), HS_INVALID);
    HS_CHECK_EQ(backend.gemm(workers.exec(), a.data(), 6, 0, &w, nullptr, 0, out.data(), 4), HS_OK);
    for (float x : out) HS_CHECK_EQ(x, 7.0f);
  });
}
