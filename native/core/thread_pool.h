// The engine's own threads, and the hs_exec that lends them to a backend.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "../backend.h"
#include "interrupts.h"

namespace headscope {

// `workers` threads counting the caller, which works too. parallel() may be called by one thread at a time; a task that throws
// ends the program (kernels return codes instead).
class ThreadPool {
 public:
  // interrupts (may be null): served by the caller between two tasks; the other workers finish theirs and wait meanwhile.
  explicit ThreadPool(int32_t workers, Interrupts* interrupts = nullptr);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int32_t workers() const;
  // Runs task(arg, index, worker) for every index in [0, tasks), handed out in ascending order; returns when all are done.
  void parallel(int64_t tasks, hs_task task, void* arg);
  // cancel may be nullptr; it is read with an atomic load.
  hs_exec exec(const std::atomic<int32_t>* cancel);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headscope
