// The key tiles of one 64-row tile, found by a block's first warp a little ahead of the threads that multiply them: the iterator of
// kernels/common/tile_stream.h with its search for columns spread over the lanes, and its place kept in shared memory rather than
// in registers that the products need.
#pragma once

#include "kernels/common/tile_stream.h"
#include "ptx/atomic.h"
#include "ptx/shared.h"
#include "ptx/warp.h"

namespace headscope::cuda {

struct QueuedTile {
  int64_t key;      // the first
  uint64_t kept;    // bit t: some row may keep key + t; of contiguous tiles
  int32_t count;    // keys, 1 .. 64; 0: there are no more tiles
  bool masked;      // not every row keeps every key
  bool gathered;    // the keys are TileQueue::gathered_key()
  uint32_t blocks;  // kMaskBlocks, as KeyTile has it
};

template <int kSlots>
class TileQueue {
 public:
  static constexpr int kBytes = kSlots * (2 * 8 + 2 * 4 + kTile * 4) + 12 * 8;

  HS_DEVICE explicit TileQueue(SharedAddress at)
      : walk_(at, 12),
        wide_(at + 12 * 8, kSlots * 2),
        keys_(at + 12 * 8 + kSlots * 16, kSlots * kTile),
        tags_(at + 12 * 8 + kSlots * (16 + kTile * 4), kSlots * 2) {}

  // Warp 0: goes to the first tile of row tile m; past the last one where *cancel (may be nullptr) is set.
  HS_DEVICE void start(const MaskIndex& index, int64_t m, const int32_t* cancel) const {
    TileCursor s;
    start_cursor(s, &index, m);
    int64_t columns_end = 0;
    if (cancel && shuffle(load_fresh(cancel), 0) != 0) {
      s.dense = true;
      s.next = m + 1;
    } else if (index.kind == kMaskDiagonals) {
      columns_end = first_not_below(index.columns, 0, index.column_count, s.end - kTile);  // what follows lies in the diagonal's chunk
      int64_t gathered = 0;
      const int64_t enough = columns_not_worth(s);
      for (int64_t c = s.column; c < columns_end && gathered < enough; c += kWarp) gathered += count_bits(ballot(uncovered(index, s, c + lane_index(), columns_end)));
      walk_columns(s, gathered);
    }
    store_walk(s, columns_end);
  }

  // Warp 0: writes the next tile to `slot`; others may read it after a barrier.
  HS_DEVICE void advance(const MaskIndex& index, int64_t m, int64_t rows, int slot) const {
    TileCursor s;
    const int64_t columns_end = load_walk(s, index, m);
    KeyTile tile;
    bool there = false;
    bool gathered = false;
    if (!s.dense && index.kind == kMaskDiagonals) {
      tile.count = gather(index, s, columns_end, slot);
      if (tile.count > 0) {
        there = gathered = true;
        tile.key = s.first;  // at or before the first of them
        tile.masked = false;
      }
    }
    if (!there) {
      there = next_listed_tile(s, rows, tile);
      if (there && tile.gathered) {
        gathered = true;
        for (int i = lane_index(); i < tile.count; i += kWarp) keys_[slot * kTile + i] = tile.gathered[i];
      }
    }
    if (there) mark_window(s, tile);
    uint64_t kept = ~0ull;
    if (there && s.dense && index.kind == kMaskCompat) kept = compat_keys(index, m, tile.key);
    sync_warp();  // all lanes have read where the walk stood
    if (lane_index() == 0) {
      wide_[slot * 2] = tile.key;
      wide_[slot * 2 + 1] = static_cast<int64_t>(kept);
      tags_[slot * 2] = there ? tile.count : 0;
      tags_[slot * 2 + 1] = static_cast<int32_t>(tile.masked ? 1u : 0u) | static_cast<int32_t>(gathered ? 2u : 0u) | static_cast<int32_t>(tile.blocks << 2);
    }
    store_walk(s, columns_end);
  }

  HS_DEVICE QueuedTile tile(int slot) const {
    const int64_t key = wide_[slot * 2], kept = wide_[slot * 2 + 1];
    const int32_t count = tags_[slot * 2], tag = tags_[slot * 2 + 1];
    return {key, static_cast<uint64_t>(kept), count, (tag & 1) != 0, (tag & 2) != 0, static_cast<uint32_t>(tag) >> 2};
  }
  // Key t of a gathered tile; they ascend.
  HS_DEVICE int32_t gathered_key(int slot, int t) const {
    const int32_t key = keys_[slot * kTile + t];
    return key;
  }

 private:
  HS_DEVICE static bool uncovered(const MaskIndex& index, const TileCursor& s, int64_t c, int64_t columns_end) {
    if (c >= columns_end) return false;
    const int64_t r = s.end - 1 - index.columns[c];
    return !(index.covered_bits[r >> 6] >> (r & 63) & 1);
  }

  // Up to 64 columns that no chunk covers, in ascending order; returns how many.
  HS_DEVICE int32_t gather(const MaskIndex& index, TileCursor& s, int64_t columns_end, int slot) const {
    int32_t made = 0;
    while (s.column < columns_end && made < kTile) {
      const int64_t c = s.column + lane_index();
      const bool wanted = uncovered(index, s, c, columns_end);
      const uint32_t votes = ballot(wanted);
      const int rank = made + count_bits(votes & ((1u << lane_index()) - 1));
      if (wanted && rank < kTile) keys_[slot * kTile + rank] = index.columns[c];
      const uint32_t left = ballot(wanted && rank >= kTile);
      made += count_bits(votes & ~left);
      s.column += left ? lowest_bit(left) : kWarp;
    }
    return made;
  }

  HS_DEVICE void store_walk(const TileCursor& s, int64_t columns_end) const {
    if (lane_index() != 0) return;
    walk_[0] = s.next;
    walk_[1] = s.column;
    walk_[2] = columns_end;
    walk_[3] = (s.dense ? 1 : 0);
    HS_UNROLL
    for (int b = 0; b < 4; ++b) {
      walk_[4 + b] = s.cursor[b];
      walk_[8 + b] = s.limit[b];
    }
  }
  // Returns columns_end.
  HS_DEVICE int64_t load_walk(TileCursor& s, const MaskIndex& index, int64_t m) const {
    s.index = &index;
    s.m = m;
    s.end = (m + 1) * kTile;
    s.window = index.window;
    s.first = first_key(s.window, m);
    const int64_t next = walk_[0], column = walk_[1], columns_end = walk_[2], dense = walk_[3];
    s.next = next;
    s.column = column;
    s.dense = dense != 0;
    s.block_rows = 4;
    HS_UNROLL
    for (int b = 0; b < 4; ++b) {
      const int64_t cursor = walk_[4 + b], limit = walk_[8 + b];
      s.cursor[b] = cursor;
      s.limit[b] = limit;
    }
    return columns_end;
  }

  Shared<int64_t> walk_;  // TileCursor's next, column, columns_end, dense, cursor[4], limit[4]
  Shared<int64_t> wide_;  // [kSlots][2] key, kept
  Shared<int32_t> keys_;  // [kSlots][64]
  Shared<int32_t> tags_;  // [kSlots][2] count, flags and blocks
};

}  // namespace headscope::cuda
