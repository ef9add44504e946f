#include <algorithm>

#include "index_parts.h"

namespace headscope {
namespace {

struct BlocksMask : Mask {
  std::vector<int64_t> start;
  std::vector<int32_t> blocks;
};

}  // namespace

std::unique_ptr<Mask> blocks_mask(int64_t rows, int32_t block_size, const std::vector<std::vector<int32_t>>& kept) {
  auto mask = std::make_unique<BlocksMask>();
  mask->start.push_back(0);
  for (int64_t b = 0; b < static_cast<int64_t>(kept.size()); ++b) {
    const int64_t in_row = std::min<int64_t>(block_size, rows - b * block_size);
    for (const int32_t block : kept[b]) {
      mask->blocks.push_back(block);
      mask->nominal_cells += block < b ? in_row * block_size : in_row * (in_row + 1) / 2;
    }
    mask->start.push_back(static_cast<int64_t>(mask->blocks.size()));
  }
  MaskIndex& index = mask->index;
  index.kind = kMaskBlocks;
  index.rows = rows;
  index.block_size = block_size;
  index.block_start = mask->start.data();
  index.blocks = mask->blocks.data();
  mask->bytes = static_cast<int64_t>(8 * mask->start.size() + 4 * mask->blocks.size());
  count_tiles(*mask);
  return mask;
}

}  // namespace headscope
