#include "map_call.h"

#include <cmath>

#include "narrow.h"

namespace headscope::cuda {

const char* refused_head(const hs_heads& h, int32_t head, const float* lse) {
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return "a map needs a head_dim that is a multiple of 8, from 8 to 256";
  if (h.rows < 1 || h.rows >= MapWalk::kNoKey || h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads) return "a map was asked for with impossible shapes";
  if (head < 0 || head >= h.heads) return "a head outside the layer";
  if (h.window < 0 || !(h.cap >= 0)) return "a window or a cap below 0";
  if (!h.q || !h.k || !lse) return "a head without queries, keys or log-sum-exp";
  return nullptr;
}
const char* refused_rect(int64_t rows, int64_t q0, int64_t q1, int64_t k0, int64_t k1) {
  return q0 < 0 || q1 <= q0 || q1 > rows || k0 < 0 || k1 <= k0 || k1 > rows ? "a rectangle outside the map" : nullptr;
}
const char* refused_mask(const hs_heads& h, const MaskIndex* mask) {
  return mask && (mask->rows != h.rows || mask->window != h.window) ? "a mask of another input" : nullptr;
}
const char* refused_bands(const int64_t* band_start, int32_t bands, int64_t rows) {
  if (!band_start || bands < 1 || band_start[0] != 0 || band_start[bands] != rows) return "bands that do not run from the first row to the last";
  return std::is_sorted(band_start, band_start + bands + 1) ? nullptr : "bands that are not ascending";
}

hs_status MapInput::place(const hs_heads& h, int32_t head, const float* lse, int64_t q0, int64_t q1, const MaskIndex* mask) {
  const int64_t d = h.head_dim, size = h.rows * d;
  hs_status status = rows_.make((q1 - q0) * d);
  if (status == HS_OK) status = narrow(h.q + head * size + q0 * d, (q1 - q0) * d, rows_.data());
  if (status == HS_OK && mask) status = masks_.place(&mask, 1, h.rows, h.window);
  pass_.k = h.k + head / (h.heads / h.kv_heads) * size;
  pass_.q = rows_.data();
  pass_.lse = lse;
  pass_.mask = mask ? masks_.data() : nullptr;
  pass_.q0 = q0;
  pass_.q1 = q1;
  pass_.window = h.window;
  pass_.head_dim = h.head_dim;
  pass_.buffers = h.head_dim > 128 ? 1 : 2;  // two of the largest heads do not fit into every architecture's shared memory
  pass_.scale = ScoreScale(h.scale, h.cap);
  pass_.natural = h.cap > 0 ? h.cap : h.scale == 0 ? 1.0f : std::fabs(h.scale);
  return status;
}

int64_t rows_of_block(int64_t key_tiles, int64_t rows, int64_t most_tiles) {
  const int64_t tiles = key_tiles * ((rows + kTile - 1) / kTile);
  return kTile * std::clamp<int64_t>(tiles / 4096, 1, most_tiles);
}

hs_status between_pieces(const hs_exec* exec, double done) {
  if (const hs_status status = finish(); status != HS_OK) return status;
  if (!exec) return HS_OK;
  if (exec->progress) exec->progress(exec->progress_owner, done);
  // A task of nothing: whoever runs tasks serves what waits before it.
  if (exec->parallel) exec->parallel(exec->pool, 1, [](void*, int64_t, int32_t) {}, nullptr);
  return cancelled(exec) ? HS_CANCELLED : HS_OK;
}

}  // namespace headscope::cuda
