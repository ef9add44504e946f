// Layers made elsewhere: q, k, v handed in.
#include <cmath>
#include <cstring>
#include <string>

#include "error.h"
#include "layer.h"

namespace headscope {
namespace {

// The position of the first NaN or infinity, or -1. Blocks are tested by their exponents' bits, which compilers vectorise.
int64_t first_not_finite(const float* x, int64_t count) {
  constexpr int64_t kBlock = 4096;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = begin + kBlock < count ? begin + kBlock : count;
    uint32_t found = 0;
    for (int64_t i = begin; i < end; ++i) {
      uint32_t bits;
      std::memcpy(&bits, x + i, sizeof bits);
      found |= static_cast<uint32_t>((bits & 0x7f800000u) == 0x7f800000u);
    }
    if (!found) continue;
    for (int64_t i = begin; i < end; ++i)
      if (!std::isfinite(x[i])) return i;
  }
  return -1;
}

Buffer take(const headscope_backend_v1& backend, const float* x, int64_t heads, const HeadsShape& shape, const char* name) {
  const int64_t count = heads * shape.rows * shape.head_dim;
  const int64_t bad = first_not_finite(x, count);
  if (bad >= 0)
    throw Error("CAPTURE_INVALID", std::string(name) + " holds a value that is not finite at head " + std::to_string(bad / shape.head_dim / shape.rows) +
                                       ", row " + std::to_string(bad / shape.head_dim % shape.rows) + ", element " + std::to_string(bad % shape.head_dim) +
                                       "; capture it again, in float32 if it overflowed.");
  Buffer copy(backend, count);
  copy.upload(x, 0, count);
  return copy;
}

void check_size(int64_t value, int64_t most, const char* name) {
  if (value < 1 || value > most)
    throw Error("CAPTURE_INVALID", "A capture of " + std::to_string(value) + " " + name + " cannot be; it may have 1 to " + std::to_string(most) + ".");
}

}  // namespace

std::shared_ptr<Layer> capture_layer(const headscope_backend_v1& backend, const float* q, const float* k, const float* v, const HeadsShape& shape) {
  check_size(shape.heads, 1 << 16, "heads");
  check_size(shape.kv_heads, 1 << 16, "key-value heads");
  check_size(shape.head_dim, HEADSCOPE_HEAD_DIM_MAX, "elements a head");
  if (shape.head_dim % HEADSCOPE_HEAD_DIM_STEP)
    throw Error("CAPTURE_INVALID", "The heads have " + std::to_string(shape.head_dim) + " elements; pad q, k and v with zeros to a multiple of 8.");
  check_size(shape.rows, INT32_MAX, "rows");
  if (shape.heads % shape.kv_heads)
    throw Error("CAPTURE_INVALID", "q has " + std::to_string(shape.heads) + " heads, which is not a multiple of the " + std::to_string(shape.kv_heads) +
                                       " heads of k.");
  if (!std::isfinite(shape.scale) || shape.scale == 0) throw Error("CAPTURE_INVALID", "The scale of the scores must be a finite number other than 0.");
  Buffer q_copy = take(backend, q, shape.heads, shape, "q"), k_copy = take(backend, k, shape.kv_heads, shape, "k");
  Buffer v_copy = v ? take(backend, v, shape.kv_heads, shape, "v") : Buffer();
  return std::make_shared<Layer>(backend, shape, std::move(q_copy), std::move(k_copy), std::move(v_copy), std::vector<Buffer>());
}

}  // namespace headscope
