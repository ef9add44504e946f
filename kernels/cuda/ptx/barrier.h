// Barriers among the threads of a block.
#pragma once

#include "platform.h"

namespace headscope::cuda {

// All threads of the block; barrier 0.
HS_DEVICE void sync_block() {
#if HS_EMULATED
  emulator::Block::current().sync(0, block_threads());
#else
  __syncthreads();
#endif
}

// `threads` (a multiple of 32) threads meet at barrier `id`, 1 .. 15.
HS_DEVICE void sync_barrier(int id, int threads) {
#if HS_EMULATED
  emulator::Block::current().sync(id, threads);
#else
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
#endif
}

// Counts as there without waiting for the others.
HS_DEVICE void arrive_barrier(int id, int threads) {
#if HS_EMULATED
  emulator::Block::current().arrive(id, threads);
#else
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
#endif
}

}  // namespace headscope::cuda
