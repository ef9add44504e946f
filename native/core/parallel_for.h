// A loop of the core's own over the workers of an hs_exec.
#pragma once

#include <atomic>
#include <cstdint>
#include <new>

#include "error.h"

namespace headscope {

inline bool cancelled(const hs_exec& exec) { return exec.cancel && __atomic_load_n(exec.cancel, __ATOMIC_RELAXED) != 0; }

// Calls body(index) for every index in [0, count). Throws CANCELLED where the job was cancelled before the end (body may return
// early then), and OUT_OF_MEMORY where a body ran out of it.
template <class Body>
void parallel_for(const hs_exec& exec, int64_t count, Body body) {
  struct Loop {
    Body& body;
    const hs_exec& exec;
    std::atomic<bool> out_of_memory{false};
  } loop{body, exec};
  exec.parallel(
      exec.pool, count,
      [](void* arg, int64_t index, int32_t) {
        Loop& l = *static_cast<Loop*>(arg);
        if (l.out_of_memory || cancelled(l.exec)) return;
        try {
          l.body(index);
        } catch (const std::bad_alloc&) {
          l.out_of_memory = true;
        }
      },
      &loop);
  if (cancelled(exec)) throw Error("CANCELLED", "The job was cancelled.");
  if (loop.out_of_memory) throw Error("OUT_OF_MEMORY", "A worker found no memory; fewer rows or a shorter list of budgets need less.");
}

}  // namespace headscope
