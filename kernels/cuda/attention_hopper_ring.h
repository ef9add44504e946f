// The shared memory of attention on Hopper (attention_hopper.cu): stages of keys and values, queries, the two streams' queues, barriers.
#pragma once

#include "attention_problem.h"
#include "ptx/mbarrier.h"
#include "tensor_map.h"
#include "tile_queue.h"

namespace headscope::cuda::hopper {

inline constexpr int kConsumers = 2, kWarpgroup = 128, kThreads = (kConsumers + 1) * kWarpgroup;
inline constexpr int kProducerBarrier = 1, kQueryBarrier = 2;  // and the next one, of the second consumer
inline constexpr int kBoxBytes = kTile * kBoxColumns * 2;

template <int D>
struct Sizes {
  static constexpr int kBoxes = D / kBoxColumns;
  static constexpr int kTileBytes = kBoxes * kBoxBytes, kStageBytes = 2 * kTileBytes;  // keys, then values
  static constexpr int kStages = D == 64 ? 8 : 5;
  // The streams need theirs. A block has what it was launched with, 168 a thread: more would be waited for without end.
  static constexpr int kConsumerRegisters = 200, kProducerRegisters = 104;
  static_assert(kConsumers * kConsumerRegisters + kProducerRegisters <= 168 * (kConsumers + 1));
  static constexpr int kSlots = kStages + 1;  // tiles of one stream that are in the ring, and the one found next
  using Queue = TileQueue<kSlots>;

  static constexpr uint32_t kQueries = kStages * kStageBytes;  // from the start of shared memory
  static constexpr uint32_t kQueues = kQueries + kConsumers * kTileBytes;
  static constexpr uint32_t kQueueBytes = (Queue::kBytes + 15) / 16 * 16;
  static constexpr uint32_t kWanted = kQueues + kConsumers * kQueueBytes;
  static constexpr uint32_t kBarriers = kWanted + (kStages * 4 + 7) / 8 * 8;
  static constexpr uint32_t kBytes = kBarriers + 2 * kStages * 8;
  static_assert(kBytes <= 227 * 1024);
};

struct HopperAttention {
  TensorMap k, v;  // [G, N, d]
  Attention a;
  int64_t row_pairs;
};

// The ring's place: its stages from the start of shared memory, `wanted` of a stage (bit w: by consumer w; 0: there are no more), its barriers.
template <int D>
struct Ring {
  int slot = 0;
  uint32_t parity = 0;  // of the phase of `full` that brings this stage

  HS_DEVICE SharedAddress keys() const { return shared_start() + static_cast<uint32_t>(slot * Sizes<D>::kStageBytes); }
  HS_DEVICE SharedAddress values() const { return keys() + Sizes<D>::kTileBytes; }
  HS_DEVICE SharedAddress full() const { return shared_start() + Sizes<D>::kBarriers + static_cast<uint32_t>(slot) * 8; }
  HS_DEVICE SharedAddress empty() const { return full() + Sizes<D>::kStages * 8; }
  HS_DEVICE static Shared<int32_t> wanted() { return Shared<int32_t>(shared_start() + Sizes<D>::kWanted, Sizes<D>::kStages); }
  HS_DEVICE void advance() {
    if (++slot == Sizes<D>::kStages) {
      slot = 0;
      parity ^= 1;
    }
  }
};

template <int D>
HS_DEVICE typename Sizes<D>::Queue queue_of(int consumer) {
  return typename Sizes<D>::Queue(shared_start() + Sizes<D>::kQueues + static_cast<uint32_t>(consumer) * Sizes<D>::kQueueBytes);
}

}  // namespace headscope::cuda::hopper
