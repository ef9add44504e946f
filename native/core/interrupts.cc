#include "interrupts.h"

namespace headscope {
namespace {

thread_local double given_away = 0;

}  // namespace

double given_away_ms() { return given_away; }

void serve(Interrupts* interrupts) {
  if (!interrupts || !interrupts->waiting()) return;
  const auto start = std::chrono::steady_clock::now();
  interrupts->serve();
  given_away += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double Stopwatch::ms() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count() - (given_away_ms() - before_);
}

}  // namespace headscope
