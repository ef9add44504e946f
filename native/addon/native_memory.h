// Tells V8 how much native memory hangs on a JavaScript object, so that forgotten objects are collected in time.
#pragma once

#include <napi.h>

#include <cstdint>

namespace headscope::addon {

class NativeMemory {
 public:
  NativeMemory(napi_env env, int64_t bytes) : env_(env), bytes_(bytes) { adjust(bytes_); }
  ~NativeMemory() { release(); }
  NativeMemory(const NativeMemory&) = delete;
  NativeMemory& operator=(const NativeMemory&) = delete;
  void release() {
    adjust(-bytes_);
    bytes_ = 0;
  }

 private:
  void adjust(int64_t change) {
    int64_t total = 0;
    if (change != 0) napi_adjust_external_memory(env_, change, &total);
  }
  napi_env env_;
  int64_t bytes_;
};

}  // namespace headscope::addon
