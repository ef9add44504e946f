// What the tasks of one parallel call share, and how they hear of a cancel.
#pragma once

#include "../../native/backend.h"
#include "backend.h"
#include "simd.h"

namespace headscope::cpu::HS_ISA {

struct Outcome {
  const int32_t* cancel = nullptr;
  int32_t status = HS_OK;  // the last thing that stopped a task; read and written atomically

  bool stopped() {
    if (__atomic_load_n(&status, __ATOMIC_RELAXED) != HS_OK) return true;
    if (!cancel || !__atomic_load_n(cancel, __ATOMIC_RELAXED)) return false;
    stop(HS_CANCELLED);
    return true;
  }
  void stop(hs_status why) { __atomic_store_n(&status, (int32_t)why, __ATOMIC_RELAXED); }
};

// Runs job.run(index) for every index in [0, tasks) on the caller's workers. Job has an `Outcome outcome`; once it is stopped
// the remaining tasks are skipped, and its status is the result.
template <class Job>
static inline hs_status run_tasks(const hs_exec* exec, int64_t tasks, Job& job) {
  job.outcome.cancel = exec->cancel;
  exec->parallel(
      exec->pool, tasks,
      [](void* arg, int64_t index, int32_t) {
        Job* j = (Job*)arg;
        if (!j->outcome.stopped()) j->run(index);
      },
      &job);
  const hs_status status = (hs_status)job.outcome.status;
  if (status == HS_OUT_OF_MEMORY) return fail(status, "a worker found no memory for its work buffer");
  return status;
}

}  // namespace headscope::cpu::HS_ISA
