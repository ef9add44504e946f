// An array of float32 in a backend's memory.
#pragma once

#include <cstdint>
#include <utility>

#include "error.h"

namespace headscope {

class Buffer {
 public:
  Buffer() = default;
  // `count` floats, not initialised. Throws OUT_OF_MEMORY.
  Buffer(const headscope_backend_v1& backend, int64_t count) : backend_(&backend), count_(count) {
    void* p = nullptr;
    check(backend, backend.alloc(count * static_cast<int64_t>(sizeof(float)), &p));
    data_ = static_cast<float*>(p);
  }
  ~Buffer() {
    if (data_) backend_->release(data_);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  float* data() const { return data_; }
  int64_t count() const { return count_; }
  explicit operator bool() const { return data_ != nullptr; }

  // Copies `count` floats from or to host memory, starting at element `first` of the buffer.
  void upload(const float* host, int64_t first, int64_t count) {
    check(*backend_, backend_->upload(data_ + first, host, count * static_cast<int64_t>(sizeof(float))));
  }
  void download(float* host, int64_t first, int64_t count) const {
    check(*backend_, backend_->download(host, data_ + first, count * static_cast<int64_t>(sizeof(float))));
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
  }
  const headscope_backend_v1* backend_ = nullptr;
  float* data_ = nullptr;
  int64_t count_ = 0;
};

}  // namespace headscope
