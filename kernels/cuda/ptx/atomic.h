// Additions and maxima that blocks make to the same place in global memory. Integers only: their results do not depend on the order.
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

HS_DEVICE void atomic_max(uint32_t* to, uint32_t value) {
#if HS_EMULATED
  if (*to < value) *to = value;
#else
  asm volatile("red.global.max.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(value) : "memory");
#endif
}

}  // namespace headscope::cuda
