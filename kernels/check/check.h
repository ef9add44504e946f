// What the C++ tests say when they fail. A test executable includes this file once and defines its cases with HS_TEST;
// main() runs them all, prints each failure with its place and values, and returns how many cases failed (at most 100).
#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace headscope::testing {

struct Case {
  const char* name;
  std::function<void()> body;
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
inline int& failures_of_case() {
  static int n = 0;
  return n;
}
struct Register {
  Register(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};
inline void fail(const char* file, int line, const std::string& what) {
  if (++failures_of_case() <= 5) std::fprintf(stderr, "    %s:%d: %s\n", file, line, what.c_str());
}
template <class A, class B>
std::string both(const char* text, const A& a, const B& b) {
  std::ostringstream s;
  s.precision(9);
  s << text << " (" << a << " against " << b << ")";
  return s.str();
}

}  // namespace headscope::testing

#define HS_CAT2(a, b) a##b
#define HS_CAT(a, b) HS_CAT2(a, b)
#define HS_TEST(name)                                                                                     \
  static void HS_CAT(hs_case_, __LINE__)();                                                               \
  static const headscope::testing::Register HS_CAT(hs_register_, __LINE__)(name, HS_CAT(hs_case_, __LINE__)); \
  static void HS_CAT(hs_case_, __LINE__)()
#define HS_CHECK(cond) \
  do {                 \
    if (!(cond)) headscope::testing::fail(__FILE__, __LINE__, #cond); \
  } while (0)
#define HS_CHECK_EQ(a, b)                                                                                     \
  do {                                                                                                        \
    const auto hs_a = (a);                                                                                    \
    const auto hs_b = (b);                                                                                    \
    if (!(hs_a == hs_b)) headscope::testing::fail(__FILE__, __LINE__, headscope::testing::both(#a " == " #b, hs_a, hs_b)); \
  } while (0)
#define HS_CHECK_NEAR(a, b, tolerance)                                                                        \
  do {                                                                                                        \
    const double hs_a = (double)(a), hs_b = (double)(b);                                                      \
    if (!(std::fabs(hs_a - hs_b) <= (tolerance)))                                                             \
      headscope::testing::fail(__FILE__, __LINE__, headscope::testing::both(#a " near " #b, hs_a, hs_b));         \
  } while (0)

int main() {
  int failed = 0;
  for (const auto& c : headscope::testing::cases()) {
    headscope::testing::failures_of_case() = 0;
    try {
      c.body();
    } catch (const std::exception& e) {
      headscope::testing::fail(c.name, 0, std::string("threw: ") + e.what());
    }
    const int bad = headscope::testing::failures_of_case();
    failed += bad > 0;
    std::fprintf(stderr, "%s %s\n", bad ? "FAIL" : "ok  ", c.name);
  }
  std::printf("%d passed, %d failed\n", (int)headscope::testing::cases().size() - failed, failed);
  return failed > 100 ? 100 : failed;
}
