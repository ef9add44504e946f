// The pieces build_mask() is made of, each of which turns chosen indices into one kind of MaskIndex.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mask_builder.h"

namespace headscope {

// The first `budget` entries of budget_order(score, n, forced), ascending, without ordering the rest.
std::vector<int32_t> budget_set(const float* score, int64_t n, int64_t forced, int64_t budget);

// Each fills index, tiles, nominal_cells and bytes; `effective` and the times are the caller's.
// window: of the model, 0 for none.
std::unique_ptr<Mask> dense_mask(int64_t rows, int64_t window);
// columns: ascending, unique, in [0, rows); distances: ascending, unique, in [0, rows) and below the window, distance 0 among them.
std::unique_ptr<Mask> diagonals_mask(int64_t rows, int64_t window, std::vector<int32_t> columns, std::vector<int32_t> distances);
// The same choice under MInference's conversion.
std::unique_ptr<Mask> compat_mask(int64_t rows, int64_t window, std::vector<int32_t> columns, std::vector<int32_t> distances);
// kept[b]: the key blocks of block row b, ascending, unique, none above b nor before first_block() of b. block_size: a power of two,
// 16 .. 1024.
std::unique_ptr<Mask> blocks_mask(int64_t rows, int64_t window, int32_t block_size, const std::vector<std::vector<int32_t>>& kept);

// The first key block that a row of block row b has in its window.
int64_t first_block(int64_t window, int64_t block_size, int64_t b);

// For the builders: writes mask.tiles from its finished index.
void count_tiles(Mask& mask);

}  // namespace headscope
