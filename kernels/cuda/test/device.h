// Tests of the backend's functions, on the emulator and on a device: the same sources, linked to the one or the other.
//
// Arrays are copied there between guards of NaN, so that what is read outside shows in the result and what is written outside is
// found; on the emulator an access past the end also ends the launch.
#pragma once

#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/runtime.h"
#if HS_EMULATED
#include "kernels/cuda/emulator/launch.h"
#endif

namespace headscope::cuda::testing {

#if !HS_EMULATED
// Before the first case: CTest counts this as skipped.
inline const bool has_device = [] {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0) return true;
  std::fprintf(stderr, "skipped: there is no CUDA device\n");
  std::exit(77);
}();
#endif

// `count` elements of T on the device, every byte 0xff (a NaN) at first.
template <class T>
class There {
 public:
  explicit There(int64_t count) : count_(count), host_(static_cast<size_t>((count + 2 * kGuard) * static_cast<int64_t>(sizeof(T))), 0xff) {
    // The emulator watches the bounds better than a guard does, where the array ends with the allocation.
    if (allocate(HS_EMULATED ? bytes() : static_cast<int64_t>(host_.size()), &all_) != HS_OK) throw std::runtime_error(last_error());
    if (upload(all_, host_.data(), HS_EMULATED ? bytes() : static_cast<int64_t>(host_.size())) != HS_OK) throw std::runtime_error(last_error());
  }
  explicit There(const std::vector<T>& values) : There(static_cast<int64_t>(values.size())) { set(values); }
  ~There() { release(all_); }
  There(const There&) = delete;
  There& operator=(const There&) = delete;

  T* data() const { return static_cast<T*>(all_) + (HS_EMULATED ? 0 : kGuard); }
  void set(const std::vector<T>& values) {
    if (upload(data(), values.data(), bytes()) != HS_OK) throw std::runtime_error(last_error());
  }
  // Back on the host; throws where a launch before failed or a guard was written.
  std::vector<T> get() const {
    if (finish() != HS_OK) throw std::runtime_error(last_error());
    std::vector<T> values(static_cast<size_t>(count_));
    if (download(values.data(), data(), bytes()) != HS_OK) throw std::runtime_error(last_error());
    if (!HS_EMULATED) {
      std::vector<unsigned char> around(host_.size());
      if (download(around.data(), all_, static_cast<int64_t>(around.size())) != HS_OK) throw std::runtime_error(last_error());
      for (size_t i = 0; i < around.size(); ++i)
        if ((i < kGuard * sizeof(T) || i >= around.size() - kGuard * sizeof(T)) && around[i] != 0xff) throw std::runtime_error("a guard was written");
    }
    return values;
  }

 private:
  static constexpr int64_t kGuard = 256;
  int64_t bytes() const { return count_ * static_cast<int64_t>(sizeof(T)); }
  int64_t count_;
  std::vector<unsigned char> host_;
  void* all_ = nullptr;
};

// Runs `work` in the three orders of threads that the emulator has, or three times on a device; what it returns (a vector) must be
// the same to the bit. Returns the first.
template <class Work>
auto same_in_every_order(Work&& work) {
#if HS_EMULATED
  using emulator::Order;
  const auto first = work();
  for (const Order order : {Order::descending, Order::shuffled}) {
    const emulator::OrderScope scope(order);
    const auto again = work();
    HS_CHECK(again.size() == first.size() && !std::memcmp(again.data(), first.data(), first.size() * sizeof first[0]));
  }
#else
  const auto first = work();
  for (int i = 0; i < 2; ++i) {
    const auto again = work();
    HS_CHECK(again.size() == first.size() && !std::memcmp(again.data(), first.data(), first.size() * sizeof first[0]));
  }
#endif
  return first;
}

// HS_OK, or the test fails with what the backend says.
inline void expect_ok(hs_status status, const char* what) {
  if (status != HS_OK) headscope::testing::fail(what, static_cast<int>(status), last_error());
}

}  // namespace headscope::cuda::testing
