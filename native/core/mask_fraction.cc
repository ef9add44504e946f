#include "mask_fraction.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "../../kernels/common/mask_bits.h"

namespace headscope {
namespace {

struct Span {
  int64_t begin, end;
};

Span cell(int64_t first, int64_t end, int64_t index, int64_t count) {
  const int64_t size = end - first, begin = first + index * size / count;
  return {begin, std::max(begin + 1, first + (index + 1) * size / count)};
}

int64_t kept_in_row(const MaskIndex& mask, int64_t row, Span keys) {
  int64_t kept = 0;
  for (int64_t key = keys.begin; key < keys.end; key += kTile)
    kept += std::popcount(row_mask(mask, row, key) & low_bits(keys.end - key));
  return kept;
}

struct Picture {
  const MaskIndex& mask;
  const Rect& rect;
  int64_t width, height;
  const int32_t* cancel;
  float* out;

  bool cancelled() const { return cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED); }

  void draw(int64_t y) const {
    const Span rows = cell(rect.q0, rect.q1, y, height);
    for (int64_t x = 0; x < width && !cancelled(); ++x) {
      const Span keys = cell(rect.k0, rect.k1, x, width);
      int64_t kept = 0, causal = 0;
      for (int64_t row = std::max(rows.begin, keys.begin); row < rows.end; ++row) {
        const int64_t hidden = mask.window > 0 ? row - mask.window + 1 : 0;
        const Span seen{std::max(keys.begin, hidden), std::min(keys.end, row + 1)};
        if (seen.end <= seen.begin) continue;
        causal += seen.end - seen.begin;
        kept += kept_in_row(mask, row, seen);
      }
      out[y * width + x] = causal ? static_cast<float>(static_cast<double>(kept) / static_cast<double>(causal)) : std::numeric_limits<float>::quiet_NaN();
    }
  }
};

}  // namespace

void mask_fractions(const hs_exec& exec, const MaskIndex& mask, const Rect& rect, int64_t width, int64_t height, float* out) {
  Picture picture{mask, rect, width, height, exec.cancel, out};
  exec.parallel(exec.pool, height, [](void* arg, int64_t y, int32_t) { static_cast<const Picture*>(arg)->draw(y); }, &picture);
}

}  // namespace headscope
