// The device's memory: allocations that end at a page nobody may touch, filled with NaN, and known by their bounds.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

namespace headscope::emulator {

// Aligned to 16 bytes and, where `bytes` is a multiple of it, to 256; every byte 0xff. The first byte past the end (rounded up to
// 16) and the page before the start fault. Throws std::bad_alloc.
void* allocate(int64_t bytes);
void release(void* p);

// Why [p, p + bytes) does not lie in one allocation; empty if it does.
std::string outside_allocations(const void* p, int64_t bytes);

// An array in device memory for a test, NaN at first where T has one.
template <class T>
class Buffer {
 public:
  explicit Buffer(int64_t count) : count_(count), data_(static_cast<T*>(allocate(count * static_cast<int64_t>(sizeof(T))))) {}
  ~Buffer() { release(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  int64_t size() const { return count_; }
  T& operator[](int64_t i) { return data_[i]; }
  const T& operator[](int64_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + count_; }

 private:
  int64_t count_;
  T* data_;
};

}  // namespace headscope::emulator
