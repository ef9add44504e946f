// The jobs of one JavaScript environment: one engine thread works them off in order, so that native work is serialised and the
// JavaScript thread never waits for it. A hurried job goes before the others, between two pieces of the one at work, which holds
// still meanwhile: still one thread, one job at a time.
//
// A job's `work` runs on the engine thread and touches no JavaScript; its `finish` runs on the JavaScript thread and makes the
// value the promise resolves to. Results cross by a slot both share. Nothing native ever writes into a JavaScript array while
// JavaScript can run: it could be detached or shrunk meanwhile.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "native/core/interrupts.h"
#include "native/core/job.h"

namespace headscope::addon {

class JobQueue : private Interrupts {
 public:
  explicit JobQueue(Napi::Env env);
  ~JobQueue() override;  // stop() has been called
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // work(const Job&) -> T, finish(Napi::Env, T&) -> Napi::Value. Returns the Job<> of engine/native/addon.ts: { promise, cancel, hurry }.
  // Cancelling rejects the promise at once; work that runs is told to stop, and its result is dropped. on_progress may be empty;
  // what it throws cancels the job and becomes the promise's rejection.
  template <class Work, class Finish>
  Napi::Value start(Napi::Env env, int32_t threads, Napi::Function on_progress, Work work, Finish finish) {
    using Result = decltype(work(std::declval<const Job&>()));
    auto slot = std::make_shared<std::optional<Result>>();
    return submit(env, threads, on_progress, [slot, work = std::move(work)](const Job& job) { slot->emplace(work(job)); },
                  [slot, finish = std::move(finish)](Napi::Env e) -> Napi::Value { return finish(e, **slot); });
  }

  // When the environment goes: cancels what runs, waits for the engine thread, drops every JavaScript reference. Promises stay
  // pending; there is nobody left to hear them.
  void stop();

 private:
  struct Task;
  using TaskPointer = std::shared_ptr<Task>;
  static void on_wake(Napi::Env env, Napi::Function, JobQueue* queue, void*);
  using Wake = Napi::TypedThreadSafeFunction<JobQueue, void, &JobQueue::on_wake>;

  Napi::Value submit(Napi::Env env, int32_t threads, Napi::Function on_progress, std::function<void(const Job&)> work,
                     std::function<Napi::Value(Napi::Env)> finish);
  void cancel(Napi::Env env, const TaskPointer& task);
  void hurry(const TaskPointer& task);
  bool waiting() const override { return hurried_count_.load(std::memory_order_relaxed) > 0; }
  void serve() override;  // what is hurried
  void work_off();
  TaskPointer take_locked();
  void run(const TaskPointer& task);
  void perform(const TaskPointer& task);
  void tell(const TaskPointer& task, double done, double total, const std::string& note);
  void wake_locked();
  void drain(Napi::Env env);
  void report(Napi::Env env, const TaskPointer& task);
  void settle(Napi::Env env, const TaskPointer& task);
  void reject(Napi::Env env, const TaskPointer& task, napi_value reason);
  void retire(Napi::Env env, const TaskPointer& task);

  Wake wake_;
  std::thread thread_;  // started by the first job
  std::unordered_set<TaskPointer> unsettled_;  // JavaScript thread only

  std::mutex mutex_;  // guards everything below, and a task's `progress`
  std::condition_variable changed_;
  std::deque<TaskPointer> hurried_, queue_;
  std::vector<TaskPointer> running_;           // the last one is at work, those before it hold still
  std::atomic<size_t> hurried_count_{0};       // of hurried_, for those without the lock
  std::vector<TaskPointer> talking_, finished_;  // with news for the JavaScript thread
  bool woken_ = false, stopping_ = false;
};

}  // namespace headscope::addon
