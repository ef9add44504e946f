#include "../../kernels/common/tile_stream.h"
#include "index_parts.h"

namespace headscope {
namespace {

struct DiagonalsMask : Mask {
  std::vector<int32_t> columns, distances, chunks;
  std::vector<uint64_t> column_bits, distance_bits, covered_bits;
};

// One spare word lets a 64-bit window start anywhere.
std::vector<uint64_t> empty_bits(int64_t bits) { return std::vector<uint64_t>((bits + 63) / 64 + 1, 0); }
void set_bit(std::vector<uint64_t>& words, int64_t bit) { words[bit >> 6] |= 1ull << (bit & 63); }

// Distances i - j plus columns j, less the cells that are both.
int64_t count_cells(int64_t n, int64_t window, const DiagonalsMask& mask) {
  std::vector<int32_t> below(n + 1, 0);  // kept distances smaller than the index
  for (const int32_t d : mask.distances) below[d + 1] = 1;
  for (int64_t d = 0; d < n; ++d) below[d + 1] += below[d];
  int64_t cells = 0;
  for (const int32_t d : mask.distances) cells += n - d;
  for (const int32_t j : mask.columns) {
    const int64_t seen_by = reach_of(n - j, window);
    cells += seen_by - below[seen_by];
  }
  return cells;
}

}  // namespace

std::unique_ptr<Mask> diagonals_mask(int64_t rows, int64_t window, std::vector<int32_t> columns, std::vector<int32_t> distances) {
  auto mask = std::make_unique<DiagonalsMask>();
  mask->columns = std::move(columns);
  mask->distances = std::move(distances);
  mask->column_bits = empty_bits(rows);
  mask->distance_bits = empty_bits(rows);
  mask->covered_bits = empty_bits(rows + kTile);
  for (const int32_t j : mask->columns) set_bit(mask->column_bits, j);
  for (const int32_t d : mask->distances) set_bit(mask->distance_bits, rows - 1 - d);
  mask->chunks.resize(mask->distances.size());
  mask->chunks.resize(cover_chunks(mask->distances.data(), static_cast<int64_t>(mask->distances.size()), mask->chunks.data()));
  mask->chunks.shrink_to_fit();
  for (const int32_t c : mask->chunks)
    for (int64_t r = c; r < c + kTile; ++r) set_bit(mask->covered_bits, r);

  MaskIndex& index = mask->index;
  index.kind = kMaskDiagonals;
  index.rows = rows;
  index.window = window;
  index.columns = mask->columns.data();
  index.column_count = static_cast<int64_t>(mask->columns.size());
  index.distances = mask->distances.data();
  index.distance_count = static_cast<int64_t>(mask->distances.size());
  index.column_bits = mask->column_bits.data();
  index.distance_bits = mask->distance_bits.data();
  index.chunks = mask->chunks.data();
  index.chunk_count = static_cast<int64_t>(mask->chunks.size());
  index.covered_bits = mask->covered_bits.data();
  mask->nominal_cells = count_cells(rows, window, *mask);
  mask->bytes = static_cast<int64_t>(4 * (mask->columns.size() + mask->distances.size() + mask->chunks.size()) +
                                     8 * (mask->column_bits.size() + mask->distance_bits.size() + mask->covered_bits.size()));
  count_tiles(*mask);
  return mask;
}

}  // namespace headscope
