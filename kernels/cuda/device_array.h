// An array in device memory that lives as long as this does.
#pragma once

#include "runtime.h"

namespace headscope::cuda {

template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  ~DeviceArray() { release(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  hs_status make(int64_t count) {
    void* p = nullptr;
    const hs_status status = allocate(count * static_cast<int64_t>(sizeof(T)), &p);
    data_ = static_cast<T*>(p);
    return status;
  }
  hs_status copy_of(const T* host, int64_t count) {
    const hs_status status = make(count);
    return status == HS_OK ? upload(data_, host, count * static_cast<int64_t>(sizeof(T))) : status;
  }
  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

}  // namespace headscope::cuda
