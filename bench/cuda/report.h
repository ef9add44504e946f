// The one table of bench/cuda: rows of timed calls, the peers' rows beside them, written as Markdown.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "options.h"

namespace headscope::bench {

struct Row {
  std::string part, shape;
  std::string by;                   // what computed it: "mma", "hopper", "torch sdpa"
  std::vector<double> ms;           // of every timed call; empty: not measured, and note says why
  double executed_flops = 0;        // of the tiles that were multiplied, a multiply and an add counted as two; 0: not counted
  double dense_flops = 0;           // of the dense problem: 2 N^2 d a head
  double kept = -1;                 // share of the dense tiles that were multiplied; below 0: says nothing
  std::string note;
};

// The middle one, or the mean of the two in the middle. Of a copy; not for an empty list.
double median(std::vector<double> values);

struct Facts {
  std::string device;      // "NVIDIA H200"
  std::string driver;      // "13.0"
  int64_t memory_bytes = 0;
  std::vector<std::string> notes;  // a sentence each, of the whole run
};

// Rows as peers.py prints them: part, shape, by, milliseconds (separated by commas), executed FLOP, dense FLOP, note, one row a line with tabs
// between. Throws std::runtime_error with the line's number.
std::vector<Row> read_rows(std::istream& in);
std::string markdown(const Options& options, const Facts& facts, const std::vector<Row>& rows);

}  // namespace headscope::bench
