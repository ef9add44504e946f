// From a mask to what a 64-row query tile multiplies: the one iterator behind the attention kernels, the executed-tile counts
// and the picture of the mask.
//
// Row tile m holds rows [64 m, 64 (m + 1)), also where N ends before. Its key tiles come as contiguous ranges of at most 64
// keys, at any start, or as up to 64 gathered columns; together they hold every kept (row, key) of the tile exactly once.
// A tile never gives more than the dense_tiles() of dense attention: where its own list would be as long, the stream walks the
// dense tiles under the same mask. Nothing is allocated.
#pragma once

#include "mask_bits.h"

namespace headscope {

struct KeyTile {
  int64_t key = 0;                    // first key of a contiguous tile
  int32_t count = 0;                  // keys, 1 .. 64
  const int32_t* gathered = nullptr;  // the keys of a gathered tile, ascending, valid until the next call; else nullptr
  bool masked = false;                // some of the tile's (row, key) is not kept: ask key_masks()
  uint32_t blocks = 0;                // kMaskBlocks: bit 4 a + b: 16-row strip a keeps 16-key strip b
};

// Where a row tile's walk stands. Holds no list of its own, so that a GPU can keep it in registers.
struct TileCursor {
  const MaskIndex* index;  // nullptr: dense
  int64_t m, end;          // rows [64 m, end), end = 64 (m + 1)
  int64_t window, first;   // first_key() of the tile
  bool dense;              // walks the aligned tiles from first's to m
  int64_t next;            // dense: aligned tile; diagonals: chunks left; blocks: tile within the block; compat: range
  int64_t column;          // next column to look at
  int64_t cursor[4];       // kMaskBlocks: next entry of each block row of this tile
  int64_t limit[4];
  int32_t block_rows;
};

struct TileStream : TileCursor {
  int32_t gather[kTile];
};

// How many columns of a kMaskDiagonals index row tile m must gather, because no chunk covers them; counting stops at `enough`.
HS_HOST_DEVICE static inline int64_t gathered_columns(const MaskIndex& index, int64_t m, int64_t enough) {
  const int64_t end = (m + 1) * kTile;
  int64_t gathered = 0;
  for (int64_t c = first_not_below(index.columns, 0, index.column_count, first_key(index.window, m)); c < index.column_count && gathered < enough; ++c) {
    const int64_t r = end - 1 - index.columns[c];
    if (r < kTile) break;  // the diagonal chunk holds it, and all later ones are in it or after the tile
    gathered += !(index.covered_bits[r >> 6] >> (r & 63) & 1);
  }
  return gathered;
}

// kMaskDiagonals: with so many gathered columns or more the dense walk of tile m is as short; 0: it is with none.
HS_HOST_DEVICE static inline int64_t columns_not_worth(const TileCursor& s) {
  const int64_t room = dense_tiles(s.window, s.m) - s.next;
  return room > 0 ? (room - 1) * kTile + 1 : 0;
}

// The start of tile m's walk. Where the index is kMaskDiagonals, walk_columns() must follow.
HS_HOST_DEVICE static inline void start_cursor(TileCursor& s, const MaskIndex* index, int64_t m) {
  s.index = index;
  s.m = m;
  s.end = (m + 1) * kTile;
  s.window = index ? index->window : 0;
  s.first = first_key(s.window, m);
  s.dense = !index || index->kind == kMaskDense;
  s.next = s.first / kTile;
  s.column = 0;
  s.block_rows = 0;
  HS_UNROLL
  for (int b = 0; b < 4; ++b) s.cursor[b] = s.limit[b] = 0;
  if (s.dense) return;
  const int64_t most = dense_tiles(s.window, m);
  if (index->kind == kMaskDiagonals) {
    // Every chunk starts less than 64 past a kept distance, so none lies wholly before the window.
    s.next = chunks_before(index->chunks, index->chunk_count, s.end);
    s.column = first_not_below(index->columns, 0, index->column_count, s.first);
  } else if (index->kind == kMaskCompat) {
    const int64_t ranges_end = index->range_start[m + 1], columns_end = index->column_start[m + 1];
    const int64_t range = first_not_below(index->range_keys, index->range_start[m], ranges_end, s.first - kTile + 1);
    s.column = first_not_below(index->compat_columns, index->column_start[m], columns_end, s.first);
    s.dense = ranges_end - range + (columns_end - s.column + kTile - 1) / kTile >= most;
    if (!s.dense) s.next = range;
  } else {
    const int64_t size = index->block_size, last = (index->rows - 1) / size;
    const int64_t first = m * kTile / size;
    s.next = 0;
    s.block_rows = size >= kTile ? 1 : kTile / (int32_t)size;
    if (first + s.block_rows > last + 1) s.block_rows = (int32_t)(last + 1 - first);
    HS_UNROLL
    for (int b = 0; b < 4; ++b)
      if (b < s.block_rows) {
        s.cursor[b] = index->block_start[first + b];
        s.limit[b] = index->block_start[first + b + 1];
      }
  }
}

// Decides whether tile m of a kMaskDiagonals index walks its chunks and `gathered` columns (counted up to columns_not_worth()), or
// the dense tiles under the same mask.
HS_HOST_DEVICE static inline void walk_columns(TileCursor& s, int64_t gathered) {
  s.dense = gathered >= columns_not_worth(s);
  if (s.dense) s.next = s.first / kTile;
}

HS_HOST_DEVICE static inline TileStream tile_stream(const MaskIndex* index, int64_t m) {
  TileStream s;
  start_cursor(s, index, m);
  if (index && index->kind == kMaskDiagonals) walk_columns(s, gathered_columns(*index, m, columns_not_worth(s)));
  return s;
}

// A contiguous tile of keys [key, key + count) of a kMaskDiagonals index: is anything in it not kept?
HS_HOST_DEVICE static inline bool diagonals_masked(const MaskIndex& index, int64_t m, int64_t key, int64_t count) {
  const int64_t nearest = m * kTile - (key + count - 1);
  if (nearest < 0) return true;  // causality cuts it
  const int64_t past = m * kTile + kTile - key;  // one more than its farthest distance
  if (past <= index.rows) {  // so the distances [nearest, past) all occur: the bits of at most 127, backwards
    const int64_t start = index.rows - past, span = past - nearest;
    uint64_t dropped = low_bits(span) & ~bit_window(index.distance_bits, start);
    if (span > 64) dropped |= low_bits(span - 64) & ~bit_window(index.distance_bits, start + 64);
    if (!dropped) return false;
  }
  return (bit_window(index.column_bits, key) | ~low_bits(count)) != ~0ull;
}

HS_HOST_DEVICE static inline bool next_block_tile(TileCursor& s, KeyTile& tile) {
  const MaskIndex& index = *s.index;
  const int64_t size = index.block_size;
  int64_t at = s.m + 1;  // the aligned key tile that comes next
  if (size >= kTile) {
    const int64_t per = size / kTile;
    do {
      if (s.cursor[0] == s.limit[0]) return false;
      at = index.blocks[s.cursor[0]] * per + s.next;
      if (++s.next == per) {
        s.next = 0;
        ++s.cursor[0];
      }
    } while ((at + 1) * kTile <= s.first);  // a block that only earlier rows of its block row have in their window
    if (at > s.m) return false;  // the rest of the diagonal block
    tile.blocks = 0xffff;
  } else {
    const int32_t per = (int32_t)(kTile / size), strips = (int32_t)(size / 16);
    HS_UNROLL
    for (int b = 0; b < 4; ++b)  // rows that are not there have no blocks
      if (s.cursor[b] < s.limit[b] && index.blocks[s.cursor[b]] / per < at) at = index.blocks[s.cursor[b]] / per;
    if (at > s.m) return false;
    tile.blocks = 0;
    HS_UNROLL
    for (int b = 0; b < 4; ++b)
      for (; s.cursor[b] < s.limit[b] && index.blocks[s.cursor[b]] / per == at; ++s.cursor[b])
        for (int32_t y = 0; y < strips; ++y)
          for (int32_t x = 0; x < strips; ++x)
            tile.blocks |= 1u << (4 * (b * strips + y) + index.blocks[s.cursor[b]] % per * strips + x);
  }
  tile.key = at * kTile;
  tile.count = (int32_t)(tile.key + kTile <= index.rows ? kTile : index.rows - tile.key);
  tile.gathered = nullptr;
  tile.masked = at == s.m || tile.blocks != 0xffff;
  return true;
}

// The next tile but for the gathered columns of a kMaskDiagonals index, and for what the window cuts off.
HS_HOST_DEVICE static inline bool next_listed_tile(TileCursor& s, int64_t rows, KeyTile& tile) {
  tile.gathered = nullptr;
  if (s.dense) {
    if (s.next > s.m) return false;
    tile.key = s.next++ * kTile;
    tile.count = (int32_t)(tile.key + kTile <= rows ? kTile : rows - tile.key);
    if (!s.index || s.index->kind == kMaskDense) tile.masked = tile.key == s.m * kTile;
    else if (s.index->kind == kMaskDiagonals) tile.masked = diagonals_masked(*s.index, s.m, tile.key, tile.count);
    else tile.masked = tile.key == s.m * kTile || compat_keys(*s.index, s.m, tile.key) != ~0ull;
    return true;
  }
  const MaskIndex& index = *s.index;
  if (index.kind == kMaskBlocks) return next_block_tile(s, tile);

  if (index.kind == kMaskCompat) {
    const int64_t columns = index.column_start[s.m + 1] - s.column;
    if (columns > 0) {
      tile.gathered = index.compat_columns + s.column;
      tile.count = (int32_t)(columns < kTile ? columns : kTile);
      tile.key = tile.gathered[0];
      tile.masked = false;
      s.column += tile.count;
      return true;
    }
    for (; s.next < index.range_start[s.m + 1]; ) {
      tile.key = index.range_keys[s.next++];
      const int64_t end = s.end < rows ? s.end : rows;
      const int64_t count = end - tile.key < kTile ? end - tile.key : kTile;
      if (count <= 0) continue;  // a range that begins past N, in the last tile
      tile.count = (int32_t)count;
      tile.masked = tile.key + count > s.m * kTile + 1;
      return true;
    }
    return false;
  }

  if (s.next == 0) return false;
  const int64_t past = s.end - index.chunks[--s.next];
  tile.key = past > kTile ? past - kTile : 0;
  tile.count = (int32_t)((past < rows ? past : rows) - tile.key);
  tile.masked = diagonals_masked(index, s.m, tile.key, tile.count);
  return true;
}

// Up to 64 columns that no chunk covers, or false.
HS_HOST_DEVICE static inline bool next_gathered_tile(TileStream& s, KeyTile& tile) {
  const MaskIndex& index = *s.index;
  int32_t gathered = 0;
  for (; s.column < index.column_count && gathered < kTile; ++s.column) {
    const int64_t r = s.end - 1 - index.columns[s.column];
    if (r < kTile) {
      s.column = index.column_count;
      break;
    }
    if (!(index.covered_bits[r >> 6] >> (r & 63) & 1)) s.gather[gathered++] = index.columns[s.column];
  }
  if (!gathered) return false;
  tile.gathered = s.gather;
  tile.count = gathered;
  tile.key = s.gather[0];
  tile.masked = false;  // a column before the tile's rows is kept by all of them
  return true;
}

// Marks a tile whose first key the window hides from the row tile's last row.
HS_HOST_DEVICE static inline void mark_window(const TileCursor& s, KeyTile& tile) {
  if (s.window > 0 && tile.key < s.end - s.window) tile.masked = true;
}

// The next tile, or false. Gathered columns come first, ranges in ascending order after them.
HS_HOST_DEVICE static inline bool next_tile(TileStream& s, int64_t rows, KeyTile& tile) {
  const bool columns = !s.dense && s.index->kind == kMaskDiagonals && next_gathered_tile(s, tile);
  if (!columns && !next_listed_tile(s, rows, tile)) return false;
  mark_window(s, tile);
  return true;
}

// For a tile of row tile m: masks[t], t < tile.count, has bit r set iff row 64 m + r keeps the tile's key t. What it says of rows at
// or past N means nothing. index nullptr: dense.
HS_HOST_DEVICE static inline void key_masks(const MaskIndex* index, int64_t m, const KeyTile& tile, uint64_t* masks) {
  const int64_t row0 = m * kTile, window = index ? index->window : 0;
  if (tile.gathered) {  // columns before the tile's rows, cut by the window alone
    for (int32_t t = 0; t < tile.count; ++t) masks[t] = rows_in_window(window, tile.gathered[t], row0);
    return;
  }
  if (index && index->kind == kMaskDiagonals) {
    for (int32_t t = 0; t < tile.count; ++t) masks[t] = diagonal_rows(*index, tile.key + t, row0) & rows_in_window(window, tile.key + t, row0);
    return;
  }
  const bool compat = index && index->kind == kMaskCompat;
  const bool blocks = index && index->kind == kMaskBlocks;
  const uint64_t kept = compat ? compat_keys(*index, m, tile.key) : ~0ull;
  for (int32_t t = 0; t < tile.count; ++t) {
    uint64_t rows = ~0ull;
    if (blocks) {
      rows = 0;
      for (int strip = 0; strip < 4; ++strip)
        if (tile.blocks >> (4 * strip + t / 16) & 1) rows |= 0xffffull << (16 * strip);
    }
    if (!(kept >> t & 1)) rows = 0;
    const int64_t first = tile.key + t - row0;  // the first row that may see the key
    masks[t] = (first > 0 ? rows & ~0ull << first : rows) & rows_in_window(window, tile.key + t, row0);
  }
}

// 64x64 tiles that row tile m multiplies.
HS_HOST_DEVICE static inline int64_t tile_count(const MaskIndex* index, int64_t rows, int64_t m) {
  TileStream s = tile_stream(index, m);
  if (s.dense) return dense_tiles(s.window, m);
  if (index->kind == kMaskDiagonals)
    return executed_tiles(dense_tiles(s.window, m), s.next, gathered_columns(*index, m, (m + 1) * kTile));
  int64_t tiles = 0;
  for (KeyTile tile; next_tile(s, rows, tile);) ++tiles;
  return tiles;
}

}  // namespace headscope
