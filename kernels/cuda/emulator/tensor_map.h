// A tensor map of the emulator: a matrix of 2-byte elements, and the box that one copy takes.
#pragma once

#include <cstdint>

namespace headscope::emulator {

struct TensorMap {
  const void* from;
  int64_t columns, rows, stride_bytes;
  int box_columns, box_rows;
  int64_t box_bytes() const { return int64_t{2} * box_columns * box_rows; }
};

}  // namespace headscope::emulator
