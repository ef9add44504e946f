// An hs_exec for tests: `workers` threads started anew for each call, which hand out indices in ascending order.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "../../native/backend.h"

namespace headscope::testing {

class Threads {
 public:
  explicit Threads(int32_t workers, const int32_t* cancel = nullptr) {
    exec_.pool = this;
    exec_.workers = workers;
    exec_.cancel = cancel;
    exec_.parallel = [](void* pool, int64_t tasks, hs_task task, void* arg) { static_cast<Threads*>(pool)->run(tasks, task, arg); };
  }
  const hs_exec* exec() const { return &exec_; }

 private:
  void run(int64_t tasks, hs_task task, void* arg) {
    std::atomic<int64_t> next{0};
    const auto work = [&](int32_t worker) {
      for (int64_t i = next++; i < tasks; i = next++) task(arg, i, worker);
    };
    std::vector<std::thread> others;
    for (int32_t w = 1; w < exec_.workers; ++w) others.emplace_back(work, w);
    work(0);
    for (std::thread& t : others) t.join();
  }
  hs_exec exec_{};
};

}  // namespace headscope::testing
