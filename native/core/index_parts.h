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
std::unique_ptr<Mask> dense_mask(int64_t rows);
// columns, distances: ascending, unique, in [0, rows); distance 0 among the distances.
std::unique_ptr<Mask> diagonals_mask(int64_t rows, std::vector<int32_t> columns, std::vector<int32_t> distances);
// The same choice under MInference's conversion.
std::unique_ptr<Mask> compat_mask(int64_t rows, std::vector<int32_t> columns, std::vector<int32_t> distances);
// kept[b]: the key blocks of block row b, ascending, unique, none above b. block_size: a power of two, 16 .. 1024.
std::unique_ptr<Mask> blocks_mask(int64_t rows, int32_t block_size, const std::vector<std::vector<int32_t>>& kept);

// For the builders: writes mask.tiles from its finished index.
void count_tiles(Mask& mask);

}  // namespace headscope
