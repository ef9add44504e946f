#include "execution.h"

#include <algorithm>

#include "error.h"

namespace headscope {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{50};

}  // namespace

Execution::Execution(const Job& job) : job_(job), pool_(job.threads, job.interrupts) {}

hs_exec Execution::exec() { return pool_.exec(job_.cancel); }

hs_exec Execution::part(double from, double to, double total, std::string note) {
  say(from, total, std::move(note));
  hs_exec e = exec();
  if (!job_.progress) return e;
  to_ = to;
  e.progress_owner = this;
  e.progress = [](void* owner, double fraction) { static_cast<Execution*>(owner)->report(fraction); };
  return e;
}

void Execution::say(double done, double total, std::string note) {
  if (!job_.progress) return;
  from_ = to_ = done;
  total_ = total;
  note_ = std::move(note);
  report(0);
}

void Execution::report(double fraction) {
  // Whoever finds another thread reporting has nothing newer to say.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const double done = from_ + (to_ - from_) * std::clamp(fraction, 0.0, 1.0);
  const auto now = std::chrono::steady_clock::now();
  if (done <= last_ || now - spoke_ < kBetweenReports) return;
  last_ = done;
  spoke_ = now;
  job_.progress(done, total_, note_);
}

void Execution::stop_if_cancelled() const {
  if (job_.cancel && job_.cancel->load(std::memory_order_relaxed)) throw Error("CANCELLED", "The job was cancelled.");
}

}  // namespace headscope
