// cp.async (sm_80): copies from global to shared memory that a thread starts, groups, and waits for. After the wait the bytes are
// there for the thread that copied them; others need a barrier after it.
#pragma once

#include "shared.h"

namespace headscope::cuda {

// Copies 16 bytes past the first-level cache. Of those only the first `valid` (0 .. 16) are read, the rest become 0; `from` must
// be a valid, aligned address where valid > 0.
HS_DEVICE void copy_async_16(SharedAddress to, const void* from, int valid = 16) {
#if HS_EMULATED
  emulator::Block::current().begin_copy(to, from, 16, valid);
#else
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(__cvta_generic_to_global(from)), "r"(valid) : "memory");
#endif
}

// Copies 4 bytes, or zeros.
HS_DEVICE void copy_async_4(SharedAddress to, const void* from, int valid = 4) {
#if HS_EMULATED
  emulator::Block::current().begin_copy(to, from, 4, valid);
#else
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(__cvta_generic_to_global(from)), "r"(valid) : "memory");
#endif
}

// One of the arrivals that the mbarrier's phase counts, made when all that this thread has started to copy is there; waits for nothing. Who waits for
// the mbarrier sees the copied bytes, and of what else this thread did nothing. Products of warpgroups see them after a fence_async_proxy().
HS_DEVICE void arrive_when_copied(SharedAddress mbarrier) {
#if HS_EMULATED
  emulator::Block::current().arrive_when_copied(mbarrier);
#else
  asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(mbarrier) : "memory");
#endif
}

// What this thread has started since the last commit becomes a group.
HS_DEVICE void commit_copies() {
#if HS_EMULATED
  emulator::Block::current().commit_copies();
#else
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits until at most kGroups of this thread's groups are under way: the newest ones.
template <int kGroups>
HS_DEVICE void wait_copies() {
#if HS_EMULATED
  emulator::Block::current().wait_copies(kGroups);
#else
  asm volatile("cp.async.wait_group %0;" ::"n"(kGroups) : "memory");
#endif
}

}  // namespace headscope::cuda
