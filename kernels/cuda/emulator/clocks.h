// Who is known to have done what before whom: vector clocks over the threads of a block and the units that work beside them.
//
// Every thread counts its own releases. An access is stamped with its thread's count; it happened before thread u exactly if u
// has joined a release made at or after that count. Two accesses that neither order, one of them a write, are a race, whatever
// order the emulator happened to run them in.
//
// A unit (tensor copies of one mbarrier, products of one warp) has a count too, which threads learn where they wait for it. What a thread
// knows is kept once more as of the proxy fences: stores in it are visible to the units. What a unit brings is visible to units at once, but for the
// copies of threads that arrive at a barrier by themselves (cp.async), which are stores like others.
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
  static constexpr int kCopyUnits = 32, kProductUnits = 32, kArrivalUnits = kCopyUnits, kUnits = kCopyUnits + kProductUnits + kArrivalUnits;

  explicit Clocks(int threads) : threads_(threads), width_(threads + kUnits), known_(static_cast<size_t>(threads) * width_, 0), units_(kUnits, 1) {
    for (int t = 0; t < threads; ++t) row(t)[t] = 1;
  }

  int threads() const { return threads_; }
  Stamp stamp(int thread) const { return {static_cast<int16_t>(thread), false, row(thread)[thread]}; }
  bool before(const Stamp& s, int thread) const { return s.thread < 0 || s.count <= row(thread)[s.thread]; }

  // Adds what `thread` knows to `to`; what it does from now on is not part of it.
  void release(int thread, Known& to) {
    to.resize(fenced_.empty() ? static_cast<size_t>(width_) : 2 * static_cast<size_t>(width_));
    uint32_t* own = row(thread);
    for (int t = 0; t < width_; ++t) to[t] = std::max(to[t], own[t]);
    if (!fenced_.empty())
      for (int t = 0; t < width_; ++t) to[width_ + t] = std::max(to[width_ + t], fenced_row(thread)[t]);
    ++own[thread];
  }
  void acquire(int thread, const Known& from) {
    uint32_t* own = row(thread);
    const int known = std::min(static_cast<int>(from.size()), width_);
    for (int t = 0; t < known; ++t) own[t] = std::max(own[t], from[t]);
    for (size_t t = width_; t < from.size(); ++t) fenced_row(thread)[t - width_] = std::max(fenced_row(thread)[t - width_], from[t]);
  }

  // A unit's next access.
  Stamp unit_stamp(int unit) { return {static_cast<int16_t>(threads_ + unit), false, units_[unit]++}; }
  // `thread`, or whoever gets `to`, has waited for the access and for those of the unit before it.
  void learn(int thread, const Stamp& s) { row(thread)[s.thread] = std::max(row(thread)[s.thread], s.count); }
  void add(const Stamp& s, Known& to) {
    if (to.size() < static_cast<size_t>(width_)) to.resize(width_);
    to[s.thread] = std::max(to[s.thread], s.count);
  }

  // A proxy fence by `thread`: all that it knows of, its own stores among them.
  void fence(int thread) {
    if (fenced_.empty()) fenced_.assign(known_.size(), 0);
    std::copy_n(row(thread), width_, fenced_row(thread));
    ++row(thread)[thread];
  }
  // Whether a unit that `thread` sets to work sees the store: it was fenced, or a unit's own.
  bool visible_to_units(const Stamp& s, int thread) const {
    if (s.thread < 0 || (s.thread >= threads_ && s.thread < threads_ + kCopyUnits + kProductUnits)) return true;
    return !fenced_.empty() && s.count <= fenced_[static_cast<size_t>(thread) * width_ + s.thread];
  }
  bool is_unit(const Stamp& s) const { return s.thread >= threads_; }

 private:
  uint32_t* row(int t) { return known_.data() + static_cast<size_t>(t) * width_; }
  const uint32_t* row(int t) const { return known_.data() + static_cast<size_t>(t) * width_; }
  uint32_t* fenced_row(int t) { return fenced_.data() + static_cast<size_t>(t) * width_; }

  int threads_, width_;
  std::vector<uint32_t> known_, fenced_;  // [threads, threads + units]; fenced_ is empty until the first fence
  std::vector<uint32_t> units_;
};

}  // namespace headscope::emulator
