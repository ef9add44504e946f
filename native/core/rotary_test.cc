#include "rotary.h"

#include <cmath>

#include "kernels/check/check.h"
#include "kernels/check/threads.h"
#include "kernels/cpu/backend.h"

using namespace headscope;
using headscope::testing::Threads;

namespace {

RotaryTable table(int pairs) {
  RotaryTable t;
  for (int p = 0; p < pairs; ++p) t.frequencies.push_back(std::pow(10000.0f, -static_cast<float>(2 * p) / static_cast<float>(2 * pairs)));
  return t;
}

bool refused(const RotaryTable& t) {
  try {
    check_rotary(t, 16);
    return false;
  } catch (const Error& e) {
    return std::string(e.code()) == "CHECKPOINT_INVALID";
  }
}

}  // namespace

HS_TEST("a long prompt takes the long frequencies, one of the very length does not") {
  RotaryTable t = table(4);
  t.long_above = 100;
  t.long_frequencies = {4, 3, 2, 1};
  HS_CHECK(frequencies_for(t, 100) == t.frequencies);
  HS_CHECK(frequencies_for(t, 101) == t.long_frequencies);
}

HS_TEST("dynamic frequencies are those of the base that grows with the prompt") {
  RotaryTable t = table(8);
  t.dynamic_above = 256;
  t.dynamic_factor = 3;
  t.theta = 10000;
  HS_CHECK(frequencies_for(t, 256) == t.frequencies);
  const auto grown = frequencies_for(t, 1025);
  const double base = 10000 * std::pow(3.0 * 1025 / 256 - 2, 16.0 / 14);
  for (size_t p = 0; p < grown.size(); ++p) HS_CHECK_NEAR(grown[p], std::pow(base, -static_cast<double>(p) / 8), 1e-6 * grown[p] + 1e-12);
}

HS_TEST("tables that contradict themselves are refused") {
  HS_CHECK(!refused(table(8)));
  HS_CHECK(refused(table(0)));
  HS_CHECK(refused(table(9)));
  RotaryTable t = table(4);
  t.long_above = 10;
  t.long_frequencies = {1, 2, 3};
  HS_CHECK(refused(t));
  t = table(4);
  t.scale = INFINITY;
  HS_CHECK(refused(t));
  t = table(4);
  t.frequencies[1] = NAN;
  HS_CHECK(refused(t));
  t = table(1);
  t.dynamic_above = 10;
  t.theta = 100;
  HS_CHECK(refused(t));  // the exponent r / (r - 2) has no value for one pair
}

// What makes the embedding rotary, for tables of any size and layout: a pair keeps its length but for the scale, position 0 stays as it is, and the
// score of a query and a key depends on how far apart they are alone.
HS_TEST("rotated pairs keep their lengths, and scores depend on distances only") {
  const headscope_backend_v1& backend = *cpu::backend();
  Threads workers(2);
  uint32_t state = 7;
  const auto random = [&] { return static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1; };
  for (int round = 0; round < 60; ++round) {
    const int64_t d = 8 * (1 + static_cast<int64_t>(std::fabs(random()) * 15)), rows = 2 + static_cast<int64_t>(std::fabs(random()) * 90);
    RotaryTable t = table(1 + static_cast<int>(std::fabs(random()) * static_cast<float>(d / 2 - 1)));
    t.interleaved = random() > 0;
    t.scale = 1 + random() / 4;
    check_rotary(t, static_cast<int32_t>(d));
    const int64_t pairs = static_cast<int64_t>(t.frequencies.size());
    // The same q and the same k at every position, as the two heads of one projection.
    std::vector<float> qk(static_cast<size_t>(2 * d)), x, out(static_cast<size_t>(2 * rows * d));
    for (float& v : qk) v = random();
    for (int64_t r = 0; r < rows; ++r) x.insert(x.end(), qk.begin(), qk.end());
    const Rotation turns(backend, t, rows, rows, *workers.exec());
    const hs_rotation rotation = turns.from(0);
    HS_CHECK_EQ(backend.split_heads(workers.exec(), x.data(), 2 * d, rows, 2, static_cast<int32_t>(d), &rotation, out.data(), 0, rows), HS_OK);
    const auto at = [&](int64_t head, int64_t row, int64_t i) { return static_cast<double>(out[static_cast<size_t>((head * rows + row) * d + i)]); };
    const auto given = [&](int64_t head, int64_t i) { return static_cast<double>(qk[static_cast<size_t>(head * d + i)]); };
    const auto place = [&](int64_t pair, int64_t half) { return t.interleaved ? 2 * pair + half : pair + half * pairs; };
    for (int64_t head = 0; head < 2; ++head)
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < d; ++i) {
          if (i >= 2 * pairs) HS_CHECK_EQ(at(head, r, i), given(head, i));
          if (r == 0 && i < 2 * pairs) HS_CHECK_NEAR(at(head, 0, i), given(head, i) * static_cast<double>(t.scale), 1e-6);
          if (i < pairs)
            HS_CHECK_NEAR(std::hypot(at(head, r, place(i, 0)), at(head, r, place(i, 1))),
                          std::hypot(given(head, place(i, 0)), given(head, place(i, 1))) * static_cast<double>(t.scale), 1e-6);
        }
    const auto score = [&](int64_t i, int64_t j) {
      double sum = 0;
      for (int64_t c = 0; c < d; ++c) sum += at(0, i, c) * at(1, j, c);
      return sum;
    };
    for (int64_t i = 1; i < rows; ++i) HS_CHECK_NEAR(score(i, i - 1), score(1, 0), 2e-4);
    for (int64_t i = 0; i < rows; ++i) HS_CHECK_NEAR(score(rows - 1, rows - 1 - i), score(i, 0), 2e-4);
  }
}
