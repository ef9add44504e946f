#include "thread_pool.h"

#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "error.h"

namespace headscope {
namespace {

constexpr int32_t kMostWorkers = 1024;
// Polls before a waiting thread sleeps, some tens of microseconds: the gaps between the kernels of one layer are shorter.
constexpr int kSpins = 1000;

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// Returns once the value is no longer `old`.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

// A job is open while its indices last. Threads enter an open job and leave it; the caller closes it once the indices are gone
// and waits only for those inside, so a thread that the system has not yet woken costs nothing.
struct ThreadPool::State {
  static constexpr int32_t kClosed = 1 << 30;  // added to the number of threads inside

  std::vector<std::thread> threads;
  hs_task task = nullptr;
  void* arg = nullptr;
  int64_t tasks = 0;
  alignas(64) std::atomic<int64_t> next{0};
  alignas(64) std::atomic<int32_t> inside{kClosed};
  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<bool> stop{false};
  Interrupts* interrupts = nullptr;
  alignas(64) std::atomic<bool> held{false};  // the caller serves an interrupt

  // Before every task: the caller serves what waits, the others wait for the caller.
  void give_way(int32_t worker) {
    if (!interrupts) return;
    if (worker != 0) return held.wait(true, std::memory_order_acquire);
    if (!interrupts->waiting()) return;
    held.store(true, std::memory_order_relaxed);
    headscope::serve(interrupts);
    held.store(false, std::memory_order_release);
    held.notify_all();
  }
  void work(int32_t worker) {
    for (;;) {
      give_way(worker);
      const int64_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= tasks) return;
      task(arg, index, worker);
    }
  }
  void serve(int32_t worker) {
    uint32_t seen = 0;
    for (;;) {
      wait_while(generation, seen);
      seen = generation.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_relaxed)) return;
      if (!(inside.fetch_add(1, std::memory_order_acquire) & kClosed)) work(worker);
      if (inside.fetch_sub(1, std::memory_order_release) == kClosed + 1) inside.notify_one();
    }
  }
  void announce() {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }
  void end() {
    stop.store(true, std::memory_order_relaxed);
    announce();
    for (std::thread& t : threads) t.join();
  }
};

ThreadPool::ThreadPool(int32_t workers, Interrupts* interrupts) : state_(std::make_unique<State>()) {
  state_->interrupts = interrupts;
  if (workers < 1 || workers > kMostWorkers)
    throw Error("INVALID_REQUEST", "The number of threads is " + std::to_string(workers) + "; ask for 1 to " + std::to_string(kMostWorkers) + ".");
  try {
    for (int32_t worker = 1; worker < workers; ++worker)
      state_->threads.emplace_back([state = state_.get(), worker] { state->serve(worker); });
  } catch (const std::system_error&) {
    state_->end();
    throw Error("OUT_OF_MEMORY", "The system refused to start " + std::to_string(workers) + " threads; ask for fewer.");
  }
}

ThreadPool::~ThreadPool() { state_->end(); }

int32_t ThreadPool::workers() const { return static_cast<int32_t>(state_->threads.size()) + 1; }

void ThreadPool::parallel(int64_t tasks, hs_task task, void* arg) {
  State& s = *state_;
  if (s.threads.empty() || tasks <= 1) {
    for (int64_t index = 0; index < tasks; ++index) {
      s.give_way(0);
      task(arg, index, 0);
    }
    return;
  }
  s.task = task;
  s.arg = arg;
  s.tasks = tasks;
  s.next.store(0, std::memory_order_relaxed);
  s.inside.fetch_and(~State::kClosed, std::memory_order_release);
  s.announce();
  s.work(0);
  int32_t now = s.inside.fetch_or(State::kClosed, std::memory_order_acq_rel) | State::kClosed;
  while (now != State::kClosed) {
    wait_while(s.inside, now);
    now = s.inside.load(std::memory_order_acquire);
  }
}

hs_exec ThreadPool::exec(const std::atomic<int32_t>* cancel) {
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t) && std::atomic<int32_t>::is_always_lock_free);
  hs_exec e{};
  e.pool = this;
  e.parallel = [](void* pool, int64_t tasks, hs_task task, void* arg) { static_cast<ThreadPool*>(pool)->parallel(tasks, task, arg); };
  e.workers = workers();
  e.cancel = reinterpret_cast<const int32_t*>(cancel);
  return e;
}

}  // namespace headscope
