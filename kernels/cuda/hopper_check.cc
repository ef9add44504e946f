#include "hopper_check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "attention.h"
#include "device_array.h"
#include "gemm.h"
#include "kernels/common/chunk_cover.h"
#include "paths.h"

namespace headscope::cuda {
namespace {

// What both kernels lose in common does not show; what is left are other orders of float32 additions, and for attention weights that round to a
// neighbouring bfloat16.
constexpr double kProducts = 1e-5, kOutputs = 3e-3, kLogSums = 1e-5;

// Numbers from -1 to 1, none of them 0; about one in 16 large.
std::vector<float> numbers(int64_t count, uint32_t seed) {
  std::vector<float> x(static_cast<size_t>(count));
  uint32_t state = seed * 2654435761u + 1;
  for (float& v : x) {
    state = state * 1664525u + 1013904223u;
    v = (static_cast<float>(state >> 8) + 0.5f) * 0x1p-23f - 1;
    if (state >> 28 == 0) v *= 3;
  }
  return x;
}

struct Placed {
  DeviceArray<float> there;
  bool ok;
  explicit Placed(const std::vector<float>& x) : ok(there.copy_of(x.data(), static_cast<int64_t>(x.size())) == HS_OK) {}
};

bool fetch(const DeviceArray<float>& from, std::vector<float>& to) {
  return finish() == HS_OK && download(to.data(), from.data(), static_cast<int64_t>(to.size() * 4)) == HS_OK;
}

bool products_agree() {
  constexpr int64_t kRows = 300, kIn = 456, kOut = 520;
  const Placed a(numbers(kRows * kIn, 1)), bias(numbers(kOut, 2));
  std::vector<uint16_t> bits(kOut * kIn);
  const std::vector<float> weights = numbers(kOut * kIn, 3);
  for (size_t i = 0; i < bits.size(); ++i) {
    uint32_t wide;
    std::memcpy(&wide, &weights[i], 4);
    bits[i] = static_cast<uint16_t>(wide >> 16);
  }
  DeviceArray<uint16_t> w;
  if (!a.ok || !bias.ok || w.copy_of(bits.data(), kOut * kIn) != HS_OK) return false;
  const hs_weights view{w.data(), HS_BF16, kOut, kIn};
  const auto product = [&](GemmPath path, GemmPrecision precision, std::vector<float>& to) {
    DeviceArray<float> out;
    to.resize(kRows * kOut);
    return out.copy_of(numbers(kRows * kOut, 4).data(), kRows * kOut) == HS_OK &&
           gemm_as({path, precision}, nullptr, a.there.data(), kIn, kRows, &view, bias.there.data(), 1, out.data(), kOut) == HS_OK && fetch(out, to);
  };
  for (const GemmPrecision precision : {GemmPrecision::exact, GemmPrecision::fast}) {
    std::vector<float> plain, hopper, again;
    if (!product(GemmPath::small_tiles, precision, plain) || !product(GemmPath::hopper, precision, hopper) || !product(GemmPath::hopper, precision, again)) return false;
    if (!agree(hopper, plain, kProducts) || std::memcmp(hopper.data(), again.data(), hopper.size() * 4)) return false;
  }
  return true;
}

// A mask of columns and distances, its arrays beside it.
struct Diagonals {
  std::vector<int32_t> columns, distances, chunks;
  std::vector<uint64_t> column_bits, distance_bits, covered_bits;
  MaskIndex index;

  Diagonals(int64_t rows, std::vector<int32_t> c, std::vector<int32_t> d) : columns(std::move(c)), distances(std::move(d)), chunks(distances.size()) {
    chunks.resize(static_cast<size_t>(cover_chunks(distances.data(), static_cast<int64_t>(distances.size()), chunks.data())));
    column_bits = distance_bits = std::vector<uint64_t>(static_cast<size_t>((rows + 63) / 64 + 1));
    covered_bits.resize(static_cast<size_t>((rows + kTile + 63) / 64 + 1));
    const auto set = [](std::vector<uint64_t>& words, int64_t bit) { words[static_cast<size_t>(bit / 64)] |= uint64_t{1} << bit % 64; };
    for (const int32_t j : columns) set(column_bits, j);
    for (const int32_t i : distances) set(distance_bits, rows - 1 - i);
    for (const int32_t first : chunks)
      for (int64_t r = first; r < first + kTile; ++r) set(covered_bits, r);
    index.kind = kMaskDiagonals;
    index.rows = rows;
    index.columns = columns.data();
    index.column_count = static_cast<int64_t>(columns.size());
    index.distances = distances.data();
    index.distance_count = static_cast<int64_t>(distances.size());
    index.column_bits = column_bits.data();
    index.distance_bits = distance_bits.data();
    index.chunks = chunks.data();
    index.chunk_count = static_cast<int64_t>(chunks.size());
    index.covered_bits = covered_bits.data();
  }
};

bool attention_agrees(int32_t head_dim) {
  constexpr int32_t kHeads = 4, kKvHeads = 2;
  constexpr int64_t kRows = 715;
  const Placed q(numbers(kHeads * kRows * head_dim, 5)), k(numbers(kKvHeads * kRows * head_dim, 6)), v(numbers(kKvHeads * kRows * head_dim, 7));
  if (!q.ok || !k.ok || !v.ok) return false;
  std::vector<int32_t> columns, apart;
  for (int32_t j = 0; j < 130; ++j) columns.push_back(5 * j);
  for (int32_t d = 0; d < kRows; d += 90) apart.push_back(d);
  const Diagonals few(kRows, columns, {0, 1, 2, 70}), many(kRows, {0, 3, 400}, apart);
  const MaskIndex* const masks[kHeads] = {nullptr, &few.index, &many.index, &few.index};
  const auto attend = [&](AttentionPath path, std::vector<float>& to, std::vector<float>& lse, std::vector<int64_t>& tiles) {
    DeviceArray<float> out, lse_there;
    hs_attention call{};
    call.heads = {q.there.data(), k.there.data(), v.there.data(), kHeads, kKvHeads, head_dim, kRows, 1.0f / 8, 0, 0};
    call.masks = masks;
    to.resize(static_cast<size_t>(kRows * kHeads * head_dim));
    lse.resize(static_cast<size_t>(kHeads * kRows));
    tiles.resize(kHeads);
    if (out.make(static_cast<int64_t>(to.size())) != HS_OK || lse_there.make(static_cast<int64_t>(lse.size())) != HS_OK) return false;
    call.out = out.data();
    call.lse = lse_there.data();
    call.executed_tiles = tiles.data();
    return attention_on(path, nullptr, &call) == HS_OK && fetch(out, to) && fetch(lse_there, lse);
  };
  std::vector<float> plain, hopper, again, plain_lse, hopper_lse, again_lse;
  std::vector<int64_t> plain_tiles, hopper_tiles, again_tiles;
  if (!attend(AttentionPath::mma, plain, plain_lse, plain_tiles) || !attend(AttentionPath::hopper, hopper, hopper_lse, hopper_tiles) ||
      !attend(AttentionPath::hopper, again, again_lse, again_tiles))
    return false;
  return agree(hopper, plain, kOutputs) && agree(hopper_lse, plain_lse, kLogSums) && hopper_tiles == plain_tiles &&
         !std::memcmp(hopper.data(), again.data(), hopper.size() * 4) && !std::memcmp(hopper_lse.data(), again_lse.data(), hopper_lse.size() * 4);
}

}  // namespace

bool agree(const std::vector<float>& one, const std::vector<float>& other, double share) {
  if (one.size() != other.size()) return false;
  double difference = 0, norm = 0;
  for (size_t i = 0; i < one.size(); ++i) {
    if (std::isinf(other[i]) && one[i] == other[i]) continue;
    if (!std::isfinite(one[i]) || !std::isfinite(other[i])) return false;
    const double d = static_cast<double>(one[i]) - other[i];
    difference += d * d;
    norm += static_cast<double>(other[i]) * other[i];
  }
  return std::sqrt(difference) <= share * std::sqrt(norm);
}

uint32_t agreeing_hopper_parts() {
  uint32_t parts = 0;
  if (products_agree()) parts |= kHopperGemm;
  bool attention = true;
  for (const int32_t head_dim : {64, 96, 128}) attention = attention && attention_agrees(head_dim);
  return attention ? parts | kHopperAttention : parts;
}

uint32_t agreeing_hopper_parts_of_child(unsigned seconds) {
  const pid_t child = fork();
  if (child < 0) return 0;
  if (child == 0) {
    alarm(seconds);
    _exit(device().architecture == 90 ? static_cast<int>(agreeing_hopper_parts()) : 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 0;
  return WIFEXITED(status) ? static_cast<uint32_t>(WEXITSTATUS(status)) & kHopperParts : 0;
}

}  // namespace headscope::cuda
