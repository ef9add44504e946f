// Who is known to have done what before whom: vector clocks over the threads of a block (and the copy engine, which is one more).
//
// Every thread counts its own releases. An access is stamped with its thread's count; it happened before thread u exactly if u
// has joined a release made at or after that count. Two accesses that neither order, one of them a write, are a race, whatever
// order the emulator happened to run them in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace headscope::emulator {

struct Stamp {
  int16_t thread = -1;  // -1: nobody
  bool atomic = false;  // atomics do not race among themselves
  uint32_t count = 0;
};

// What a barrier or a meeting of lanes carries from those who arrive to those who leave.
using Known = std::vector<uint32_t>;

class Clocks {
 public:
  explicit Clocks(int threads) : threads_(threads), known_(static_cast<size_t>(threads) * threads, 0) {
    for (int t = 0; t < threads; ++t) row(t)[t] = 1;
  }

  int threads() const { return threads_; }
  Stamp stamp(int thread) const { return {static_cast<int16_t>(thread), false, row(thread)[thread]}; }
  bool before(const Stamp& s, int thread) const { return s.thread < 0 || s.count <= row(thread)[s.thread]; }

  // Adds what `thread` knows to `to`; what it does from now on is not part of it.
  void release(int thread, Known& to) {
    if (to.empty()) to.assign(threads_, 0);
    uint32_t* own = row(thread);
    for (int t = 0; t < threads_; ++t) to[t] = std::max(to[t], own[t]);
    ++own[thread];
  }
  void acquire(int thread, const Known& from) {
    uint32_t* own = row(thread);
    for (size_t t = 0; t < from.size(); ++t) own[t] = std::max(own[t], from[t]);
  }

 private:
  uint32_t* row(int t) { return known_.data() + static_cast<size_t>(t) * threads_; }
  const uint32_t* row(int t) const { return known_.data() + static_cast<size_t>(t) * threads_; }

  int threads_;
  std::vector<uint32_t> known_;
};

}  // namespace headscope::emulator
