#include "report.h"

#include <sstream>

#include "kernels/check/check.h"

using namespace headscope::bench;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

HS_TEST("the median of an odd and of an even number of times") {
  HS_CHECK_EQ(median({3}), 3);
  HS_CHECK_EQ(median({9, 1, 2}), 2);
  HS_CHECK_EQ(median({4, 1, 2, 100}), 3);
}

HS_TEST("a row gives its median, its extremes and both rates") {
  Options o;
  o.date = "2027-01-02";
  o.commit = "abc";
  Facts facts{"NVIDIA H200", "13.0", int64_t{139} << 30, {"A note."}};
  const std::string text = markdown(o, facts, {{"gemm", "8 x 8", "mma", {1}, 2e9, 0, -1, ""}, {"attention", "16 tokens", "hopper", {2, 1, 4}, 1e12, 4e12, 0.25, "x | y"}});
  HS_CHECK(has(text, "NVIDIA H200, 2027-01-02") && has(text, "Commit abc") && has(text, "139.0 GiB") && has(text, "A note."));
  HS_CHECK(has(text, "| 16 tokens | hopper | 2.000 (1.000 .. 4.000) | 3 | 500.0 | 2000.0 | 25.00 % | x / y |"));
  HS_CHECK(has(text, "| 8 x 8 | mma | 1.000 (1.000 .. 1.000) | 1 | 2.0 |  |  |  |"));
  HS_CHECK(text.find("## attention") < text.find("## gemm"));
}

HS_TEST("what was not measured says why, and claims no rate") {
  const std::string text = markdown({}, {}, {{"maps", "a tile", "tile", {}, 5e12, 0, -1, "the backend has no such call"}});
  HS_CHECK(has(text, "| a tile | tile | not measured | 0 | | | | the backend has no such call |"));
}

HS_TEST("the peers' rows are read as they are printed, and damaged ones refused by their line") {
  std::istringstream good("attention\t16 tokens\ttorch\t1.5,2.5\t1e12\t2e12\tnote\n\nsparse\tx\tTriton\t\t0\t0\tno triton\n");
  const std::vector<Row> rows = read_rows(good);
  HS_CHECK_EQ(rows.size(), 2u);
  HS_CHECK(rows[0].by == "torch" && rows[0].ms == (std::vector<double>{1.5, 2.5}) && rows[0].dense_flops == 2e12);
  HS_CHECK(rows[1].ms.empty() && rows[1].note == "no triton");
  for (const char* text : {"a\tb\tc\n", "a\tb\tc\t1,x\t0\t0\t\n", "a\tb\tc\t1\tnan\t0\t\n", "a\tb\tc\t1\t-1\t0\t\n"}) {
    std::istringstream bad(text);
    std::string said;
    try {
      read_rows(bad);
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    HS_CHECK(has(said, "line 1"));
  }
}

}  // namespace
