// What every long call of the core takes: how many threads, when to stop, whom to tell.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "interrupts.h"

namespace headscope {

// done in [0, total], never falling, at most 20 calls a second. Called from whichever thread works; calls do not overlap.
using ProgressSink = std::function<void(double done, double total, const std::string& note)>;

struct Job {
  int32_t threads = 1;                          // 1 or more, the calling thread counted
  const std::atomic<int32_t>* cancel = nullptr;  // set to non-zero by another thread: the call throws CANCELLED
  ProgressSink progress;                        // may be empty
  Interrupts* interrupts = nullptr;             // done between two pieces of the work; may be null
};

}  // namespace headscope
