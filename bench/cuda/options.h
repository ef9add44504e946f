// What bench/cuda is asked for on its command line.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace headscope::bench {

// In the order in which they run.
inline const std::vector<std::string> kParts = {"attention", "sparse", "gemm", "index", "maps", "prefill"};

struct Options {
  std::vector<std::string> parts = kParts;
  int rounds = 20;                 // timed calls of a row, after a warm-up; whole prefills take fewer
  int64_t longest = 1 << 20;       // tokens; longer rows are left out, and named
  std::string out;                 // the report; empty: standard output alone
  std::string peers;               // rows that peers.py measured; empty: none
  std::string scratch = "/tmp";    // where the random weights are written, and removed
  std::string commit = "unknown", clocks = "unknown", date = "unknown";
  bool help = false;
  bool wants(const std::string& part) const;
};

struct BadOption : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws BadOption, a sentence that names the option.
Options parse_options(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace headscope::bench
