#include "rotary.h"

#include <cmath>

#include "kernels/check/check.h"

using namespace headscope;

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
