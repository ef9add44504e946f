#include "bank_conflicts.h"

#include <algorithm>

namespace headscope::emulator {

BankCount& bank_count() {
  static thread_local BankCount count;
  return count;
}

void count_banks(const uint32_t (&addresses)[8]) {
  int most = 1;
  for (int i = 0; i < 8; ++i) {
    int rows = 1;  // different ones in the banks of this one; the same address is read once for all
    for (int j = 0; j < i; ++j) {
      const bool same_banks = addresses[i] / 16 % 8 == addresses[j] / 16 % 8;
      if (same_banks && addresses[i] != addresses[j] && std::find(addresses, addresses + j, addresses[j]) == addresses + j) ++rows;
    }
    most = std::max(most, rows);
  }
  ++bank_count().blocks;
  bank_count().conflicts += most - 1;
}

}  // namespace headscope::emulator
