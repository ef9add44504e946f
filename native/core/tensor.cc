#include "tensor.h"

#include <cstring>

#include "error.h"

namespace headscope {
namespace {

int64_t size_of(hs_dtype dtype) { return dtype == HS_F32 ? 4 : 2; }

std::string text(const std::vector<int64_t>& shape) {
  std::string s = "[";
  for (const int64_t n : shape) s += (s.size() > 1 ? ", " : "") + std::to_string(n);
  return s + "]";
}

float from_bits(uint32_t bits) {
  float f;
  std::memcpy(&f, &bits, sizeof f);
  return f;
}

float from_half(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t exponent = h >> 10 & 31u, mantissa = h & 1023u;
  if (exponent == 31) return from_bits(sign | 0x7f800000u | mantissa << 13);
  if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
  const float subnormal = static_cast<float>(mantissa) * 0x1p-24f;
  return sign ? -subnormal : subnormal;
}

}  // namespace

hs_weights locate(const TensorLocation& tensor, const std::vector<int64_t>& shape, const std::vector<MappedFile>& files) {
  const std::string who = "Tensor " + tensor.name;
  if (tensor.shape != shape)
    throw Error("CHECKPOINT_INVALID", who + " has shape " + text(tensor.shape) + "; config.json asks for " + text(shape) + ".");
  if (tensor.dtype != HS_F32 && tensor.dtype != HS_F16 && tensor.dtype != HS_BF16)
    throw Error("CHECKPOINT_INVALID", who + " has a dtype that is not f32, f16 or bf16.");
  int64_t bytes = size_of(tensor.dtype);
  for (const int64_t n : shape)
    if (n < 1 || __builtin_mul_overflow(bytes, n, &bytes))
      throw Error("CHECKPOINT_INVALID", who + " has the impossible shape " + text(shape) + ".");
  if (tensor.file < 0 || tensor.file >= static_cast<int64_t>(files.size()))
    throw Error("CHECKPOINT_INVALID", who + " lies in file number " + std::to_string(tensor.file) + " of " + std::to_string(files.size()) + ".");
  const MappedFile& file = files[static_cast<size_t>(tensor.file)];
  if (tensor.begin < 0 || tensor.end < tensor.begin || tensor.end - tensor.begin != bytes)
    throw Error("CHECKPOINT_INVALID", who + " takes bytes " + std::to_string(tensor.begin) + " to " + std::to_string(tensor.end) + " of " + file.path() +
                                          ", but its shape and dtype need " + std::to_string(bytes) + " bytes.");
  if (tensor.end > file.size())
    throw Error("CHECKPOINT_INVALID", who + " ends at byte " + std::to_string(tensor.end) + " of " + file.path() + ", which has only " +
                                          std::to_string(file.size()) + " bytes; the file is truncated, download it again.");
  hs_weights w{};
  w.data = file.data() + tensor.begin;
  w.dtype = tensor.dtype;
  w.out = shape[0];
  w.in = shape.size() > 1 ? shape[1] : 1;
  return w;
}

void widen(const hs_weights& tensor, float* out) {
  const int64_t count = tensor.out * tensor.in;
  const auto* bytes = static_cast<const std::byte*>(tensor.data);
  if (tensor.dtype == HS_F32) {
    std::memcpy(out, bytes, static_cast<size_t>(count) * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, sizeof half);
    out[i] = tensor.dtype == HS_BF16 ? from_bits(static_cast<uint32_t>(half) << 16) : from_half(half);
  }
}

}  // namespace headscope
