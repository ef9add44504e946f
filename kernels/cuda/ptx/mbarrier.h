// mbarriers (sm_90): barriers in shared memory that count arrivals of threads and bytes of tensor copies.
//
// A barrier runs through phases 0, 1, 2, ..., known by their parity. Phase p ends when `count` threads have arrived and as many bytes as they
// expected have come; wait(parity of p) then returns, and what the arriving threads did, and the copies brought, is visible. Before phase 0
// has ended, wait(1) returns at once (there was "a phase before"), which lets a producer fill a ring for the first time without a special case.
#pragma once

#include "shared.h"

namespace headscope::cuda {

// By one thread, before all others know of it; then fence_async_proxy() by that thread and a sync_block().
HS_DEVICE void init_mbarrier(SharedAddress at, int count) {
#if HS_EMULATED
  emulator::Block::current().units().init_barrier(at, count);
#elif HS_SM90A
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(at), "r"(count) : "memory");
#else
  no_hopper();
#endif
}

// What this thread stored to shared memory, and what it is ordered after, becomes visible to tensor copies and to products of warpgroups
// that threads start which a barrier orders after it.
HS_DEVICE void fence_async_proxy() {
#if HS_EMULATED
  emulator::Block::current().clocks().fence(emulator::Block::current().thread());
#elif HS_SM90A
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#else
  no_hopper();
#endif
}

HS_DEVICE void arrive_mbarrier(SharedAddress at) {
#if HS_EMULATED
  emulator::Block::current().units().arrive(at, 0);
#elif HS_SM90A
  asm volatile("{ .reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0]; }" ::"r"(at) : "memory");
#else
  no_hopper();
#endif
}

// `count` arrivals at once.
HS_DEVICE void arrive_mbarrier(SharedAddress at, int count) {
#if HS_EMULATED
  emulator::Block::current().units().arrive(at, 0, count);
#elif HS_SM90A
  asm volatile("{ .reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0], %1; }" ::"r"(at), "r"(count) : "memory");
#else
  no_hopper();
#endif
}

// Arrives, and the phase also waits for so many bytes.
HS_DEVICE void arrive_expecting(SharedAddress at, int bytes) {
#if HS_EMULATED
  emulator::Block::current().units().arrive(at, bytes);
#elif HS_SM90A
  asm volatile("{ .reg .b64 state; mbarrier.arrive.expect_tx.shared::cta.b64 state, [%0], %1; }" ::"r"(at), "r"(bytes) : "memory");
#else
  no_hopper();
#endif
}

// Until the phase of this parity has ended.
HS_DEVICE void wait_mbarrier(SharedAddress at, uint32_t parity) {
#if HS_EMULATED
  emulator::Block::current().units().wait(at, parity);
#elif HS_SM90A
  uint32_t ended;
  do {
    asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }" : "=r"(ended) : "r"(at), "r"(parity) : "memory");
  } while (!ended);
#else
  no_hopper();
#endif
}

}  // namespace headscope::cuda
