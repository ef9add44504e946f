// One job at work: its threads, its cancel flag, and the share of its progress that the kernel now running stands for.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "job.h"
#include "thread_pool.h"

namespace headscope {

class Execution {
 public:
  explicit Execution(const Job& job);

  // For a kernel that is quick beside the job.
  hs_exec exec();
  // For a kernel that takes the job from `from` to `to` of `total`: its fractions become the job's progress. The next call of
  // part() or say() ends it.
  hs_exec part(double from, double to, double total, std::string note);
  void say(double done, double total, std::string note);
  // Throws CANCELLED if the job was.
  void stop_if_cancelled() const;

 private:
  void report(double fraction);

  const Job& job_;
  ThreadPool pool_;
  std::mutex mutex_;
  double from_ = 0, to_ = 0, total_ = 1, last_ = -1;
  std::string note_;
  std::chrono::steady_clock::time_point spoke_{};
};

// Milliseconds that `action` takes, without those of interrupts, added to `total`.
template <class Action>
void timed(double& total, Action&& action) {
  const Stopwatch watch;
  action();
  total += watch.ms();
}

}  // namespace headscope
