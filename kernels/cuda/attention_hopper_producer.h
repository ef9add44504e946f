// The producer of attention on Hopper (attention_hopper.cu): merges the streams of two row tiles and fills the ring, tensor copies where keys lie together
// and cp.async where they are gathered.
#pragma once

#include "attention_hopper_ring.h"
#include "ptx/async_copy.h"
#include "ptx/barrier.h"
#include "ptx/tensor_copy.h"

namespace headscope::cuda::hopper {

// By a warp: whether two gathered tiles hold the same keys.
template <class Queue>
HS_DEVICE bool same_keys(const Queue& one, int slot, const Queue& other, int other_slot, int count) {
  bool same = true;
#pragma unroll
  for (int t = lane_index(); t < kTile; t += kWarp) {
    if (t < count) {
      const int32_t x = one.gathered_key(slot, t), y = other.gathered_key(other_slot, t);
      same = same && x == y;
    }
  }
  return ballot(!same) == 0;
}

// Which of two tiles comes next into the ring: bit 0 the first stream's, bit 1 the second's, both where they are one and the same.
template <class Queue>
HS_DEVICE int next_wanted(const QueuedTile& a, int a_slot, const Queue& first, const QueuedTile& b, int b_slot, const Queue& second) {
  if (a.count == 0 || b.count == 0) return (a.count > 0 ? 1 : 0) | (b.count > 0 ? 2 : 0);
  if (a.gathered != b.gathered) return a.gathered ? 1 : 2;
  if (a.gathered) return a.count == b.count && same_keys(first, a_slot, second, b_slot, a.count) ? 3 : 1;
  if (a.key == b.key && a.count == b.count) return 3;
  return a.key <= b.key ? 1 : 2;
}

// By all producer threads: the gathered keys of the tile and their values, as tensor copies would lay them.
template <int D>
HS_DEVICE void copy_gathered(const Attention& a, int64_t of_group, const typename Sizes<D>::Queue& queue, int slot, int count, SharedAddress to) {
  constexpr int kLanes = 8, kRowsAtOnce = kWarpgroup / kLanes;  // 8 threads a row: one 16-byte chunk each of a box's row
  const int thread = thread_index() % kWarpgroup, chunk = thread % kLanes;
#pragma unroll 1
  for (int t = thread / kLanes; t < kTile; t += kRowsAtOnce) {
    const bool there = t < count;
    int64_t key = 0;
    if (there) key = queue.gathered_key(slot, t);
    const int64_t row = of_group + key * a.head_dim;
    const SharedAddress place = to + static_cast<uint32_t>(t * 128 + (chunk ^ (t % 8)) * 16);
#pragma unroll
    for (int box = 0; box < Sizes<D>::kBoxes; ++box) {
      const int column = box * kBoxColumns + chunk * 8, valid = there && column < a.head_dim ? 16 : 0;
      copy_async_16(place + static_cast<uint32_t>(box * kBoxBytes), a.k + (valid ? row + column : 0), valid);
      copy_async_16(place + static_cast<uint32_t>(Sizes<D>::kTileBytes + box * kBoxBytes), a.v + (valid ? row + column : 0), valid);
    }
  }
}

template <int D>
HS_DEVICE void produce(const HopperAttention& h, const MaskIndex& index, int64_t first_tile, int32_t group) {
  const Attention& a = h.a;
  const auto first = queue_of<D>(0), second = queue_of<D>(1);
  const int warp = warp_index() % 4, thread = thread_index() % kWarpgroup;
  const bool both = first_tile + 1 < a.row_tiles;
  if (warp == 0) {
    first.start(index, first_tile, a.cancel);
    sync_warp();
    first.advance(index, first_tile, a.rows, 0);
  } else if (warp == 1 && both) {
    second.start(index, first_tile + 1, a.cancel);
    sync_warp();
    second.advance(index, first_tile + 1, a.rows, 0);
  }
  sync_barrier(kProducerBarrier, kWarpgroup);

  Ring<D> ring;
  int at[2] = {0, 0};  // slots of the streams' next tiles
  QueuedTile none{};
#pragma unroll 1
  for (;; ring.advance()) {
    const QueuedTile mine = first.tile(at[0]), theirs = both ? second.tile(at[1]) : none;
    const int wanted = next_wanted(mine, at[0], first, theirs, at[1], second);
    wait_mbarrier(ring.empty(), ring.parity ^ 1);
    if (thread == 0) Ring<D>::wanted()[ring.slot] = wanted;
    if (wanted == 0) {
      if (thread == 0) arrive_mbarrier(ring.full(), kWarpgroup + 1);
      break;
    }
    const bool of_first = (wanted & 1) != 0, gathered = of_first ? mine.gathered : theirs.gathered;
    if (gathered) {
      if (of_first) copy_gathered<D>(a, int64_t{group} * a.rows * a.head_dim, first, at[0], mine.count, ring.keys());
      else copy_gathered<D>(a, int64_t{group} * a.rows * a.head_dim, second, at[1], theirs.count, ring.keys());
      arrive_when_copied(ring.full());
      if (thread == 0) arrive_mbarrier(ring.full());
    } else if (thread == 0) {
      const auto key = static_cast<int>(of_first ? mine.key : theirs.key);
      arrive_expecting(ring.full(), Sizes<D>::kStageBytes);
      arrive_mbarrier(ring.full(), kWarpgroup);
#pragma unroll
      for (int box = 0; box < Sizes<D>::kBoxes; ++box) {
        copy_tensor_box(ring.keys() + static_cast<uint32_t>(box * kBoxBytes), h.k, box * kBoxColumns, key, group, ring.full());
        copy_tensor_box(ring.values() + static_cast<uint32_t>(box * kBoxBytes), h.v, box * kBoxColumns, key, group, ring.full());
      }
    }
    if (of_first && ++at[0] == Sizes<D>::kSlots) at[0] = 0;
    if ((wanted & 2) != 0 && ++at[1] == Sizes<D>::kSlots) at[1] = 0;
    sync_barrier(kProducerBarrier, kWarpgroup);  // all have read where the streams stood
    if (warp == 0 && of_first) first.advance(index, first_tile, a.rows, at[0]);
    if (warp == 1 && (wanted & 2) != 0) second.advance(index, first_tile + 1, a.rows, at[1]);
    sync_barrier(kProducerBarrier, kWarpgroup);
  }
}

}  // namespace headscope::cuda::hopper
