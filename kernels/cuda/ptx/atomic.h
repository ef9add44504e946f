// Additions and maxima that blocks make to the same place in global memory. Integers only: sums and maxima do not depend on the order.
#pragma once

#include "platform.h"

namespace headscope::cuda {

HS_DEVICE void atomic_add(uint64_t* to, uint64_t value) {
#if HS_EMULATED
  *to += value;  // one thread runs at a time
#else
  asm volatile("red.global.add.u64 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "l"(value) : "memory");
#endif
}

HS_DEVICE void atomic_add(uint32_t* to, uint32_t value) {
#if HS_EMULATED
  *to += value;
#else
  asm volatile("red.global.add.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(value) : "memory");
#endif
}

// Returns what was there before: which of several threads came first depends on time.
HS_DEVICE uint32_t fetch_add(uint32_t* to, uint32_t value) {
#if HS_EMULATED
  const uint32_t before = *to;
  *to = before + value;
  return before;
#else
  uint32_t before;
  asm volatile("atom.global.add.u32 %0, [%1], %2;" : "=r"(before) : "l"(__cvta_generic_to_global(to)), "r"(value) : "memory");
  return before;
#endif
}

HS_DEVICE void atomic_max(uint32_t* to, uint32_t value) {
#if HS_EMULATED
  if (*to < value) *to = value;
#else
  asm volatile("red.global.max.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(value) : "memory");
#endif
}

}  // namespace headscope::cuda
