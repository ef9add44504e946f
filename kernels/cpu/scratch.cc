#include "scratch.h"

#include <cstdlib>

namespace headscope::cpu {
namespace {

struct Buffer {
  float* data = nullptr;
  int64_t count = 0;
  ~Buffer() { std::free(data); }
};
thread_local Buffer buffer;

}  // namespace

float* scratch(int64_t count) {
  if (count <= buffer.count) return buffer.data;
  std::free(buffer.data);
  const size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 63) / 64 * 64;
  buffer.data = static_cast<float*>(std::aligned_alloc(64, bytes));
  buffer.count = buffer.data ? count : 0;
  return buffer.data;
}

}  // namespace headscope::cpu
