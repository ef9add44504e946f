// A tensor map of the emulator: matrices of 2-byte elements one after another, and the box of one of them that a copy takes.
#pragma once

#include <cstdint>

namespace headscope::emulator {

struct TensorMap {
  const void* from;
  int64_t columns, rows, stride_bytes;
  int box_columns, box_rows;
  int64_t matrices = 1, matrix_bytes = 0;
  int64_t box_bytes() const { return int64_t{2} * box_columns * box_rows; }
};

}  // namespace headscope::emulator
