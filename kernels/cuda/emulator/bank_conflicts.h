// Shared memory has 32 banks of 4 bytes. ldmatrix reads 8 rows of 16 bytes in one pass where no two of them lie in the same banks, and
// takes one more pass for every further row in the same ones. What a kernel did of this on this OS thread is counted here.
#pragma once

#include <cstdint>

namespace headscope::emulator {

struct BankCount {
  int64_t blocks = 0;     // of 8 rows, that ldmatrix read
  int64_t conflicts = 0;  // passes beyond one a block
};
BankCount& bank_count();

// Adds 8 rows of 16 bytes to it.
void count_banks(const uint32_t (&addresses)[8]);

}  // namespace headscope::emulator
