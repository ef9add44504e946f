// From rows of heads side by side to an array a head, rotated by position on the way (RoPE). One thread an element, consecutive
// threads along the head: reads and writes of a warp are contiguous, an element's partner comes from the cache.
#include "cancel.h"
#include "rows.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256;

struct SplitHeads {
  const float* x;           // [rows, ldx], `heads` heads of head_dim from column 0
  const float *cos, *sin;   // [rows, pairs], nullptr: copied
  float* out;               // [heads, total_rows, head_dim], written from first_row on
  int64_t ldx, rows, first_row, total_rows;
  int32_t heads, head_dim, pairs, interleaved;
};

__global__ void __launch_bounds__(kThreads) split_heads_kernel(const __grid_constant__ SplitHeads s) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * kThreads + thread_index();
  const int64_t row_width = static_cast<int64_t>(s.heads) * s.head_dim;
  if (at >= s.rows * row_width) return;
  const int64_t r = at / row_width;
  const auto column = static_cast<int32_t>(at % row_width);
  const int32_t h = column / s.head_dim, c = column % s.head_dim;
  const float* head = s.x + r * s.ldx + column - c;
  float value = head[c];
  if (c < 2 * s.pairs) {
    const int32_t pair = s.interleaved ? c / 2 : c % s.pairs;
    const bool upper = s.interleaved ? c % 2 : c >= s.pairs;
    const int32_t step = s.interleaved ? 1 : s.pairs;
    const float cos = s.cos[r * s.pairs + pair], sin = s.sin[r * s.pairs + pair];
    const float partner = head[upper ? c - step : c + step];
    value = upper ? value * cos + partner * sin : value * cos - partner * sin;
  }
  s.out[(h * s.total_rows + s.first_row + r) * s.head_dim + c] = value;
}

}  // namespace

hs_status split_heads(const hs_exec* exec, const float* x, int64_t ldx, int64_t rows, int32_t heads, int32_t head_dim, const hs_rotation* rotation,
                      float* out, int64_t first_row, int64_t total_rows) {
  const int64_t width = static_cast<int64_t>(heads) * head_dim;
  if (heads < 1 || head_dim < 1 || ldx < width || first_row < 0 || first_row + rows > total_rows)
    return fail(HS_INVALID, "split_heads: the heads do not fit in the row, or the rows in the array");
  if (rotation && (!rotation->cos || !rotation->sin || rotation->pairs < 1 || rotation->pairs > head_dim / 2))
    return fail(HS_INVALID, "split_heads: a rotation needs cos and sin, and pairs that lie in the head");
  if (rows < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  SplitHeads s{x, nullptr, nullptr, out, ldx, rows, first_row, total_rows, heads, head_dim, 0, 0};
  if (rotation) {
    s.cos = rotation->cos;
    s.sin = rotation->sin;
    s.pairs = rotation->pairs;
    s.interleaved = rotation->interleaved;
  }
  return launch("split_heads", split_heads_kernel, {(rows * width + kThreads - 1) / kThreads, kThreads}, s);
}

}  // namespace headscope::cuda
