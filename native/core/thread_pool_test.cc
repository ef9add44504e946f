#include "native/core/thread_pool.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "kernels/check/check.h"
#include "native/core/error.h"
#include "native/core/execution.h"

using namespace headscope;

namespace {

struct Tally {
  std::vector<std::atomic<int>> runs;
  std::atomic<int> bad_worker{0};
  int32_t workers;
  Tally(size_t tasks, int32_t w) : runs(tasks), workers(w) {}
};
void count(void* arg, int64_t index, int32_t worker) {
  auto* t = static_cast<Tally*>(arg);
  t->runs[static_cast<size_t>(index)].fetch_add(1);
  if (worker < 0 || worker >= t->workers) t->bad_worker.fetch_add(1);
}

}  // namespace

HS_TEST("every index runs exactly once, on a worker in range, for any number of workers and tasks") {
  for (const int32_t workers : {1, 2, 3, 7}) {
    ThreadPool pool(workers);
    HS_CHECK_EQ(pool.workers(), workers);
    for (const size_t tasks : {size_t{0}, size_t{1}, size_t{2}, size_t{5}, size_t{1000}}) {
      Tally tally(tasks, workers);
      pool.parallel(static_cast<int64_t>(tasks), count, &tally);
      for (const auto& runs : tally.runs) HS_CHECK_EQ(runs.load(), 1);
      HS_CHECK_EQ(tally.bad_worker.load(), 0);
    }
  }
}

HS_TEST("indices are handed out in ascending order") {
  ThreadPool pool(4);
  struct Order {
    std::mutex mutex;
    std::vector<std::vector<int64_t>> of_worker = std::vector<std::vector<int64_t>>(4);
  } order;
  pool.parallel(
      5000, [](void* arg, int64_t index, int32_t worker) {
        auto* o = static_cast<Order*>(arg);
        const std::lock_guard lock(o->mutex);
        o->of_worker[static_cast<size_t>(worker)].push_back(index);
      },
      &order);
  size_t all = 0;
  for (const auto& seen : order.of_worker) {
    all += seen.size();
    for (size_t i = 1; i < seen.size(); ++i) HS_CHECK(seen[i - 1] < seen[i]);
  }
  HS_CHECK_EQ(all, size_t{5000});
}

HS_TEST("a slow first task does not keep the other workers from the rest") {
  ThreadPool pool(2);
  struct Progress {
    std::atomic<int> done{0};
    std::atomic<bool> in_time{false};
  } p;
  pool.parallel(
      100, [](void* arg, int64_t index, int32_t) {
        auto* q = static_cast<Progress*>(arg);
        if (index > 0) {
          q->done.fetch_add(1);
          return;
        }
        for (int i = 0; i < 5000 && q->done.load() < 99; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        q->in_time = q->done.load() == 99;
      },
      &p);
  HS_CHECK(p.in_time.load());
}

HS_TEST("many small calls in a row are all complete when they return") {
  ThreadPool pool(3);
  int64_t wrong = 0;
  for (int call = 0; call < 20000; ++call) {
    int64_t cells[8] = {};
    pool.parallel(8, [](void* arg, int64_t index, int32_t) { static_cast<int64_t*>(arg)[index] = index + 1; }, cells);
    wrong += std::accumulate(cells, cells + 8, int64_t{0}) != 36;
  }
  HS_CHECK_EQ(wrong, 0);
}

HS_TEST("calls after a pause find their workers again") {
  ThreadPool pool(2);
  for (int call = 0; call < 20; ++call) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    Tally tally(64, 2);
    pool.parallel(64, count, &tally);
    for (const auto& runs : tally.runs) HS_CHECK_EQ(runs.load(), 1);
  }
}

HS_TEST("what waits is served between two tasks by the caller, while the other workers hold still") {
  for (const int32_t workers : {1, 2, 4}) {
    struct Guest : Interrupts {
      std::atomic<int> waits{3};
      std::atomic<int> at_work{0}, served{0}, disturbed{0};
      std::thread::id served_by;
      bool waiting() const override { return waits.load() > 0; }
      void serve() override {
        // Tasks begun before may still end; none begins.
        for (int look = 0; look < 10000 && at_work.load() != 0; ++look) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        for (int look = 0; look < 20; ++look) {
          disturbed += at_work.load() != 0;
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        served_by = std::this_thread::get_id();
        served += 1;
        waits -= 1;
      }
    } guest;
    ThreadPool pool(workers, &guest);
    const double before = given_away_ms();
    const auto start = std::chrono::steady_clock::now();
    const Stopwatch watch;
    pool.parallel(
        200,
        [](void* arg, int64_t, int32_t) {
          Guest& g = *static_cast<Guest*>(arg);
          g.at_work += 1;
          std::this_thread::sleep_for(std::chrono::microseconds(50));
          g.at_work -= 1;
        },
        &guest);
    const double own = watch.ms();
    const double all = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    HS_CHECK_EQ(guest.served.load(), 3);
    HS_CHECK_EQ(guest.disturbed.load(), 0);
    HS_CHECK(guest.served_by == std::this_thread::get_id());
    // A job's time does not count what it gave away.
    const double away = given_away_ms() - before;
    HS_CHECK(away >= 60);
    HS_CHECK(own <= all - away);
  }
}

HS_TEST("exec hands out the pool and the cancel flag") {
  ThreadPool pool(2);
  std::atomic<int32_t> cancel{0};
  const hs_exec e = pool.exec(&cancel);
  HS_CHECK_EQ(e.workers, 2);
  HS_CHECK(e.progress == nullptr);
  HS_CHECK_EQ(__atomic_load_n(e.cancel, __ATOMIC_RELAXED), 0);
  cancel = 1;
  HS_CHECK_EQ(__atomic_load_n(e.cancel, __ATOMIC_RELAXED), 1);
  Tally tally(10, 2);
  e.parallel(e.pool, 10, count, &tally);
  for (const auto& runs : tally.runs) HS_CHECK_EQ(runs.load(), 1);
  HS_CHECK(pool.exec(nullptr).cancel == nullptr);
}

HS_TEST("a number of threads that is none is refused") {
  for (const int32_t workers : {0, -1, 100000}) {
    try {
      ThreadPool pool(workers);
      HS_CHECK(!"refused");
    } catch (const Error& e) {
      HS_CHECK_EQ(std::string(e.code()), std::string("INVALID_REQUEST"));
    }
  }
}

HS_TEST("progress rises, carries its note, and speaks at most 20 times a second") {
  std::vector<double> heard;
  Job job;
  job.threads = 2;
  job.progress = [&](double done, double total, const std::string& note) {
    heard.push_back(done);
    HS_CHECK_EQ(total, 4.0);
    HS_CHECK_EQ(note, std::string("layer"));
  };
  Execution work(job);
  const auto start = std::chrono::steady_clock::now();
  for (int stage = 0; stage < 4; ++stage) {
    const hs_exec e = work.part(stage, stage + 1, 4, "layer");
    HS_CHECK(e.progress != nullptr);
    for (int i = 0; i < 60; ++i) {
      e.progress(e.progress_owner, i / 60.0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  HS_CHECK(heard.size() >= 3);
  HS_CHECK(static_cast<double>(heard.size()) <= 20 * seconds + 1);
  for (size_t i = 1; i < heard.size(); ++i) HS_CHECK(heard[i - 1] < heard[i]);
  for (const double done : heard) HS_CHECK(done >= 0 && done <= 4);
}
