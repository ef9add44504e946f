// Work of another job that comes between the pieces of this one: what a person waits for need not wait for a pass of minutes.
#pragma once

#include <chrono>

namespace headscope {

class Interrupts {
 public:
  virtual ~Interrupts() = default;
  // Some work waits. Cheap; any thread may ask, and an answer out of date does no harm.
  virtual bool waiting() const = 0;
  // Does all that waits, on the calling thread: the job's own.
  virtual void serve() = 0;
};

// Milliseconds of the calling thread's jobs that went to interrupts, since the thread began.
double given_away_ms();

// Serves what waits and counts the time as given away. `interrupts` may be null.
void serve(Interrupts* interrupts);

// Milliseconds since it was made, without what was given away to interrupts: the time of a job is its own.
class Stopwatch {
 public:
  double ms() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double before_ = given_away_ms();
};

}  // namespace headscope
