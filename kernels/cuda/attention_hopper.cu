// Attention forward on Hopper (sm_90a): a block is two neighbouring 64-row tiles of one head, each the work of one consumer warpgroup; a third
// warpgroup produces.
//
// q [H, N, d] float32 is rounded to bfloat16 on its way into shared memory; k, v [G, N, d] are bfloat16 already. The two row tiles have a stream of key
// tiles each (tile_queue.h), which the producer merges: what both want next goes into the ring once and both multiply it, what one wants the other
// gives back unread. So the work is exact to 64x64 tiles, and where ranges are long every key is read once for 128 rows. Contiguous tiles come
// as tensor copies at any row, keys gathered from columns as cp.async by all 128 producer threads; a stage is 64 keys and their values.
//
// A consumer multiplies by products of warpgroups, 64 x 64 scores over the head's columns, and 64 x D outputs over the 64 keys with the
// softmax's weights in registers. Products of the next tile's scores are issued before those of the outputs, and the softmax runs under the latter;
// a stage is given back when its values have been added. A tile that is not its own ends such a run, so that no stage is held while it waits.
// Two mbarriers a stage: `full` counts one arrival of the producer's first thread and one of each producer thread (for gathered keys its copies'), and the
// bytes of tensor copies; `empty` one arrival of each consumer warp.
//
// Numerics and order of tiles are those of attention_mma.cu, but for the products' own rounding, and but for scores that are not multiplied there where a
// warp keeps none. Heads of up to 64 columns run as 64, of 80 to 128 as 128, columns beyond the head being zeros of the tensor copies.
// Registers of a consumer: D / 2 of outputs, 32 of scores, 16 of weights. Shared memory: Sizes. Never run on a device yet.
#include "attention_hopper_producer.h"
#include "attention_tile.h"
#include "ptx/warpgroup.h"
#include "runtime.h"

namespace headscope::cuda {
namespace {

using namespace hopper;

// What a consumer thread holds: rows g and g + 8 of its warp's 16 (attention_tile.h), and the products with one tile.
template <int D>
struct Consumer {
  const Attention& a;
  const MaskIndex& index;
  const typename Sizes<D>::Queue queue;
  const SharedAddress queries;
  const int32_t row;  // g; hopper_takes sees to it that it fits
  Softmax softmax;
  uint32_t weights[4][4];

  // Rows of float32 queries to bfloat16, swizzled as a tensor copy would: a thread half a row's columns, then the warpgroup's own barrier.
  HS_DEVICE void store_queries(const float* of_head, int64_t row0, int consumer) const {
    const int thread = thread_index() % kWarpgroup, r = thread % kTile;
    const Shared<Vec<uint32_t, 4>> to(queries, Sizes<D>::kTileBytes / 16);
    const float* const from = of_head + (row0 + r) * a.head_dim;
    const bool there = row0 + r < a.rows;
#pragma unroll 2
    for (int chunk = thread / kTile; chunk < D / 8; chunk += 2) {
      Vec<uint32_t, 4> eight{{0, 0, 0, 0}};
      if (there && chunk * 8 < a.head_dim) {
        const auto* const wide = reinterpret_cast<const Vec<float, 4>*>(from + chunk * 8);
        const Vec<float, 4> x = wide[0], y = wide[1];
        const float sign = a.scale.sign;
        eight = {{pack_bf16(x[0] * sign, x[1] * sign), pack_bf16(x[2] * sign, x[3] * sign), pack_bf16(y[0] * sign, y[1] * sign), pack_bf16(y[2] * sign, y[3] * sign)}};
      }
      to[chunk / 8 * (kBoxBytes / 16) + r * 8 + (chunk % 8 ^ r % 8)] = eight;
    }
    fence_async_proxy();
    sync_barrier(kQueryBarrier + consumer, kWarpgroup);
  }

  HS_DEVICE void multiply_keys(SharedAddress keys, float (&s)[32]) const {
#pragma unroll
    for (int column = 0; column < D; column += 16) {
      const auto box = static_cast<uint32_t>(column / kBoxColumns * kBoxBytes);
      multiply_warpgroup(s, tile_descriptor(queries + box, column % kBoxColumns), tile_descriptor(keys + box, column % kBoxColumns), column > 0);
    }
    commit_products();
  }
  HS_DEVICE void multiply_values(SharedAddress values, float (&out)[D / 2]) const {
#pragma unroll
    for (int kk = 0; kk < 4; ++kk) multiply_registers(out, weights[kk], depth_descriptor(values, 16 * kk, kTile));
    commit_products();
  }

  // Scores of the tile in `slot` of the queue become weights, not packed yet; shrink: what to multiply the outputs by.
  HS_DEVICE void weigh(int slot, float (&s)[32], float (&shrink)[2]) {
    auto& of_tile = reinterpret_cast<float(&)[8][4]>(s);
    if (a.scale.to_tanh > 0) {
#pragma unroll
      for (int i = 0; i < 32; ++i) s[i] = a.scale.bend(s[i]);
    }
    const QueuedTile tile = queue.tile(slot);
    if (tile.masked || tile.count < kTile) {
      const int strip = warp_index() % 4;
      const auto last = static_cast<int32_t>(a.rows - 1);
      drop_keys(of_tile, kept_keys(index, queue, slot, tile, row < last ? row : last, strip), kept_keys(index, queue, slot, tile, row + 8 < last ? row + 8 : last, strip));
    }
    softmax.add(of_tile, a.scale.factor, a.most, shrink);
  }
  HS_DEVICE void pack(const float (&s)[32]) {
#pragma unroll
    for (int kk = 0; kk < 4; ++kk)
#pragma unroll
      for (int i = 0; i < 4; ++i) weights[kk][i] = pack_bf16(s[8 * kk + 4 * (i / 2) + 2 * (i % 2)], s[8 * kk + 4 * (i / 2) + 2 * (i % 2) + 1]);
  }
};

// By a warp, all of whose lanes have read what the stage says.
template <int D>
HS_DEVICE void give_back(const Ring<D>& ring) {
  sync_warp();
  if (lane_index() == 0) arrive_mbarrier(ring.empty());
}

template <int D>
HS_DEVICE void consume(const HopperAttention& h, const MaskIndex& index, int32_t head, int64_t m, int which) {
  const Attention& a = h.a;
  const int64_t row0 = m * kTile;
  Consumer<D> me{a, index, queue_of<D>(which), shared_start() + Sizes<D>::kQueries + static_cast<uint32_t>(which * Sizes<D>::kTileBytes), static_cast<int32_t>(row0) + warp_index() % 4 * 16 + lane_index() / 4, {}, {}};
  me.store_queries(a.q + static_cast<int64_t>(head) * a.rows * a.head_dim, row0, which);

  float out[D / 2];
#pragma unroll
  for (int i = 0; i < D / 2; ++i) out[i] = 0;
  const auto scale_outputs = [&](const float(&shrink)[2]) {
#pragma unroll
    for (int i = 0; i < D / 2; ++i) out[i] *= shrink[i / 2 % 2];
  };

  Ring<D> ring;
  int slot = 0;
  int32_t tiles = 0;
  const auto wanted_here = [&] {
    wait_mbarrier(ring.full(), ring.parity);
    const int32_t wanted = Ring<D>::wanted()[ring.slot];
    return wanted;
  };
  const auto step = [&] {
    ++tiles;
    if (++slot == Sizes<D>::kSlots) slot = 0;
  };
#pragma unroll 1
  for (;;) {
    int32_t wanted = wanted_here();
    if (wanted == 0) break;
    if (!(wanted >> which & 1)) {
      give_back(ring);
      ring.advance();
      continue;
    }
    // A run of this consumer's tiles.
    float s[32], shrink[2];
    fence_async_proxy();  // gathered keys were stored by threads
    fence_sums();
    me.multiply_keys(ring.keys(), s);
    wait_products<0>();
    settle(s);
    me.weigh(slot, s, shrink);
    scale_outputs(shrink);
    me.pack(s);
    step();
    Ring<D> held = ring;
    ring.advance();
#pragma unroll 1
    for (;;) {
      wanted = wanted_here();
      if (!(wanted >> which & 1)) break;
      fence_async_proxy();
      fence_sums();
      me.multiply_keys(ring.keys(), s);
      me.multiply_values(held.values(), out);
      wait_products<1>();
      settle(s);
      me.weigh(slot, s, shrink);
      wait_products<0>();
      settle(out);
      give_back(held);
      scale_outputs(shrink);
      me.pack(s);
      step();
      held = ring;
      ring.advance();
    }
    fence_sums();
    me.multiply_values(held.values(), out);
    wait_products<0>();
    settle(out);
    give_back(held);
  }

#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const float total = row_sum(me.softmax.total[r]);
    const int64_t i = me.row + 8 * r;
    if (i >= a.rows) continue;
    if (a.lse && lane_index() % 4 == 0) a.lse[head * a.rows + i] = (me.softmax.top[r] + log2f(total)) * 0.6931471805599453f;
    const float share = total > 0 || total != total ? 1 / total : 0;
    float* const to = a.out + i * a.out_stride + int64_t{head} * a.head_dim + lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < D / 8; ++n)
      if (n * 8 < a.head_dim) *reinterpret_cast<Vec<float, 2>*>(to + n * 8) = {{out[4 * n + 2 * r] * share, out[4 * n + 2 * r + 1] * share}};
  }
  if (a.executed && m < a.row_tiles && thread_index() % kWarpgroup == 0) a.executed[head * a.row_tiles + m] = tiles;
}

template <int D>
__global__ void __launch_bounds__(kThreads, 1) attention_hopper_kernel(const __grid_constant__ HopperAttention h) {
  if constexpr (kHasHopper) {
    if (thread_index() == 0) {
      Ring<D> ring;
      for (int s = 0; s < Sizes<D>::kStages; ++s, ring.advance()) {
        init_mbarrier(ring.full(), kWarpgroup + 1);
        init_mbarrier(ring.empty(), kConsumers * 4);
      }
      fence_async_proxy();
    }
    sync_block();
    const int32_t head = h.a.order[blockIdx.x / h.row_pairs];
    const int64_t first_tile = 2 * (h.row_pairs - 1 - blockIdx.x % h.row_pairs);
    const MaskIndex& index = h.a.masks[head];
    const int warpgroup = warp_index() / 4;
    if (warpgroup == kConsumers) {
      lower_registers<Sizes<D>::kProducerRegisters>();
      produce<D>(h, index, first_tile, head / h.a.group);
    } else {
      raise_registers<Sizes<D>::kConsumerRegisters>();
      consume<D>(h, index, head, first_tile + warpgroup, warpgroup);
    }
  }
}

template <int D>
hs_status run(const Attention& a) {
  HopperAttention h{{}, {}, a, (a.row_tiles + 1) / 2};
  hs_status status = make_stacked_tensor_map(a.k, a.heads / a.group, a.rows, a.head_dim, &h.k, kTile);
  if (status == HS_OK) status = make_stacked_tensor_map(a.v, a.heads / a.group, a.rows, a.head_dim, &h.v, kTile);
  if (status != HS_OK) return status;
  return launch("attention_hopper", attention_hopper_kernel<D>, {a.heads * h.row_pairs, kThreads, Sizes<D>::kBytes}, h);
}

}  // namespace

bool hopper_takes(const Attention& a) {
  // Of narrower heads the tiles would be half zeros; the outputs of wider ones leave no registers for the softmax.
  return a.v && a.rows <= (int64_t{1} << 31) - 2 * kTile && ((a.head_dim > 32 && a.head_dim <= 64) || (a.head_dim >= 80 && a.head_dim <= 128));
}

hs_status attend_hopper(const Attention& a) {
  if (!hopper_takes(a)) return fail(HS_UNSUPPORTED, "attention: heads of this size are not for the Hopper kernel");
  return a.head_dim <= 64 ? run<64>(a) : run<128>(a);
}

}  // namespace headscope::cuda
