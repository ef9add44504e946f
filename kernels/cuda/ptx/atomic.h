// Additions and maxima that blocks make to the same place in global memory (integers only: sums and maxima do not depend on the order), and what the host
// changes meanwhile.
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

// A value that the host changes while the kernel runs.
HS_DEVICE int32_t load_fresh(const int32_t* from) {
#if HS_EMULATED
  return __atomic_load_n(from, __ATOMIC_RELAXED);
#else
  int32_t value;
  asm volatile("ld.volatile.global.s32 %0, [%1];" : "=r"(value) : "l"(__cvta_generic_to_global(from)) : "memory");
  return value;
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
