#include <algorithm>

#include "../../kernels/common/window.h"
#include "index_parts.h"

namespace headscope {
namespace {

struct BlocksMask : Mask {
  std::vector<int64_t> start;
  std::vector<int32_t> blocks;
};

}  // namespace

int64_t first_block(int64_t window, int64_t block_size, int64_t b) {
  const int64_t key = b * block_size - window + 1;
  return window > 0 && key > 0 ? key / block_size : 0;
}

std::unique_ptr<Mask> blocks_mask(int64_t rows, int64_t window, int32_t block_size, const std::vector<std::vector<int32_t>>& kept) {
  auto mask = std::make_unique<BlocksMask>();
  mask->start.push_back(0);
  for (int64_t b = 0; b < static_cast<int64_t>(kept.size()); ++b) {
    const int64_t first = b * block_size, last = std::min<int64_t>(first + block_size, rows);
    for (const int32_t block : kept[b]) {
      mask->blocks.push_back(block);
      mask->nominal_cells += attended_pairs(first, last, block * int64_t{block_size}, (block + int64_t{1}) * block_size, window);
    }
    mask->start.push_back(static_cast<int64_t>(mask->blocks.size()));
  }
  MaskIndex& index = mask->index;
  index.kind = kMaskBlocks;
  index.rows = rows;
  index.window = window;
  index.block_size = block_size;
  index.block_start = mask->start.data();
  index.blocks = mask->blocks.data();
  mask->bytes = static_cast<int64_t>(8 * mask->start.size() + 4 * mask->blocks.size());
  count_tiles(*mask);
  return mask;
}

}  // namespace headscope
