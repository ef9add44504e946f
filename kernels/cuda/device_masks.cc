#include "device_masks.h"

#include <algorithm>
#include <cstring>

#include "kernels/common/window.h"

namespace headscope::cuda {
namespace {

// Arrays laid one after another, each where any of its types may begin.
class Packing {
 public:
  // Where `count` elements from `host` will lie; the index keeps the distance from the start until the arrays are placed.
  template <class T>
  const T* add(const T* host, int64_t count) {
    const size_t at = (bytes_.size() + 15) / 16 * 16, size = static_cast<size_t>(count) * sizeof(T);
    bytes_.resize(at + size);
    if (size) std::memcpy(bytes_.data() + at, host, size);
    return reinterpret_cast<const T*>(at);
  }
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
};

int64_t words(int64_t bits) { return (bits + 63) / 64 + 1; }  // and the one of padding

MaskIndex pack(const MaskIndex& m, Packing& to) {
  MaskIndex p = m;
  p.distances = nullptr;
  if (m.kind == kMaskDiagonals) {
    p.columns = to.add(m.columns, m.column_count);
    p.column_bits = to.add(m.column_bits, words(m.rows));
    p.distance_bits = to.add(m.distance_bits, words(m.rows));
    p.chunks = to.add(m.chunks, m.chunk_count);
    p.covered_bits = to.add(m.covered_bits, words(m.rows + kTile));
  } else if (m.kind == kMaskBlocks) {
    const int64_t block_rows = (m.rows + m.block_size - 1) / m.block_size;
    p.block_start = to.add(m.block_start, block_rows + 1);
    p.blocks = to.add(m.blocks, m.block_start[block_rows]);
  } else if (m.kind == kMaskCompat) {
    const int64_t tiles = (m.rows + kTile - 1) / kTile;
    p.range_start = to.add(m.range_start, tiles + 1);
    p.range_keys = to.add(m.range_keys, m.range_start[tiles]);
    p.column_start = to.add(m.column_start, tiles + 1);
    p.compat_columns = to.add(m.compat_columns, m.column_start[tiles]);
  }
  return p;
}

template <class T>
void move_to(const unsigned char* start, const T*& p) {
  p = reinterpret_cast<const T*>(start + reinterpret_cast<size_t>(p));
}

void place(const unsigned char* start, MaskIndex& m) {
  if (m.kind == kMaskDiagonals) {
    move_to(start, m.columns);
    move_to(start, m.column_bits);
    move_to(start, m.distance_bits);
    move_to(start, m.chunks);
    move_to(start, m.covered_bits);
  } else if (m.kind == kMaskBlocks) {
    move_to(start, m.block_start);
    move_to(start, m.blocks);
  } else if (m.kind == kMaskCompat) {
    move_to(start, m.range_start);
    move_to(start, m.range_keys);
    move_to(start, m.column_start);
    move_to(start, m.compat_columns);
  }
}

}  // namespace

hs_status DeviceMasks::place(const MaskIndex* const* masks, int32_t heads, int64_t rows, int64_t window) {
  Packing packing;
  std::vector<MaskIndex> indices(static_cast<size_t>(heads));
  for (int32_t h = 0; h < heads; ++h) {
    const MaskIndex* mask = masks ? masks[h] : nullptr;
    if (mask) {
      const auto same = std::find(masks, masks + h, mask);  // heads may share one
      indices[h] = same < masks + h ? indices[same - masks] : pack(*mask, packing);
    }
    indices[h].rows = rows;
    indices[h].window = window;
  }
  const std::vector<unsigned char>& bytes = packing.bytes();
  if (const hs_status status = arrays_.copy_of(bytes.data(), static_cast<int64_t>(bytes.size())); status != HS_OK) return status;
  for (MaskIndex& index : indices) cuda::place(arrays_.data(), index);
  return indices_.copy_of(indices.data(), heads);
}

int64_t expected_tiles(const MaskIndex* mask, int64_t rows, int64_t window) {
  const int64_t tiles = (rows + kTile - 1) / kTile, dense = dense_tiles_of(rows, window);
  if (!mask) return dense;
  switch (mask->kind) {
    case kMaskDiagonals: return std::min(dense, tiles * (mask->chunk_count + (mask->column_count + kTile - 1) / kTile));
    case kMaskBlocks: {
      const int64_t per = std::max<int64_t>(1, mask->block_size / kTile);
      return std::min(dense, mask->block_start[(rows + mask->block_size - 1) / mask->block_size] * per * per);
    }
    case kMaskCompat: return std::min(dense, mask->range_start[tiles] + mask->column_start[tiles] / kTile + tiles);
    default: return dense;
  }
}

}  // namespace headscope::cuda
