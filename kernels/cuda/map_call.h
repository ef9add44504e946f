// What every pass over a head's map does on the host: checks, the head's rows on the device, and launches short enough that a cancel
// is heard between them.
#pragma once

#include <algorithm>

#include "cancel.h"
#include "device_array.h"
#include "device_masks.h"
#include "map_walk.h"

namespace headscope::cuda {

// Why a call is refused, or nullptr.
const char* refused_head(const hs_heads&, int32_t head, const float* lse);
const char* refused_rect(int64_t rows, int64_t q0, int64_t q1, int64_t k0, int64_t k1);
const char* refused_mask(const hs_heads&, const MaskIndex* mask);
const char* refused_bands(const int64_t* band_start, int32_t bands, int64_t rows);

// A head's rows [q0, q1) as a pass reads them.
class MapInput {
 public:
  // mask: host, or nullptr.
  hs_status place(const hs_heads&, int32_t head, const float* lse, int64_t q0, int64_t q1, const MaskIndex* mask);
  const MapPass& pass() const { return pass_; }

 private:
  DeviceArray<Bf16> rows_;
  DeviceMasks masks_;
  MapPass pass_{};
};

// Rows that one block walks down: so many that `key_tiles` by `rows` gives a few thousand blocks, from one tile to `most_tiles`. Depends on the
// shapes alone, as sums of float32 do on it.
int64_t rows_of_block(int64_t key_tiles, int64_t rows, int64_t most_tiles);

// Between two pieces of a call's work: waits for the first, says how far it is, lets what is more urgent run. HS_CANCELLED, or what the device says.
hs_status between_pieces(const hs_exec* exec, double done);

// launch_part(first, count) for blocks [0, blocks) in pieces of a few milliseconds; a block multiplies up to `tiles` tiles.
template <class LaunchPart>
hs_status in_pieces(const hs_exec* exec, int64_t blocks, int64_t tiles, LaunchPart launch_part) {
  constexpr int64_t kTilesOfPiece = int64_t{1} << 18;
  const int64_t piece = std::max<int64_t>(1, kTilesOfPiece / tiles);
  if (cancelled(exec)) return HS_CANCELLED;
  for (int64_t first = 0; first < blocks; first += piece) {
    hs_status status = launch_part(first, std::min(piece, blocks - first));
    if (status == HS_OK && first + piece < blocks) status = between_pieces(exec, static_cast<double>(first + piece) / static_cast<double>(blocks));
    if (status != HS_OK) return status;
  }
  return HS_OK;
}

}  // namespace headscope::cuda
