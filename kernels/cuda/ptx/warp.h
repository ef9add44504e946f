// What the 32 lanes of a warp do together.
#pragma once

#include "platform.h"

namespace headscope::cuda {

#if !HS_EMULATED

template <class T>
HS_DEVICE T shuffle(T value, int from_lane, uint32_t lanes = kAllLanes) {
  return __shfl_sync(lanes, value, from_lane);
}
template <class T>
HS_DEVICE T shuffle_xor(T value, int lane_bits, uint32_t lanes = kAllLanes) {
  return __shfl_xor_sync(lanes, value, lane_bits);
}
template <class T>
HS_DEVICE T shuffle_up(T value, int delta, uint32_t lanes = kAllLanes) {
  return __shfl_up_sync(lanes, value, static_cast<unsigned>(delta));
}
HS_DEVICE uint32_t ballot(bool value, uint32_t lanes = kAllLanes) { return __ballot_sync(lanes, value); }
HS_DEVICE void sync_warp(uint32_t lanes = kAllLanes) { __syncwarp(lanes); }
HS_DEVICE int count_bits(uint32_t x) { return __popc(x); }
HS_DEVICE int lowest_bit(uint32_t x) { return __ffs(static_cast<int>(x)) - 1; }

#else

namespace emulated {

template <class T>
struct Shuffle {
  T value, result;
  int from;  // a lane
};
template <class T>
T shuffle(const char* instruction, T value, int from, uint32_t lanes) {
  Shuffle<T> mine{value, value, from};
  emulator::Block::current().meet(instruction, lanes, &mine, [](emulator::Block& block, void* const* all) {
    for (int lane = 0; lane < kWarp; ++lane) {
      auto* me = static_cast<Shuffle<T>*>(all[lane]);
      if (!me) continue;
      const auto* source = static_cast<const Shuffle<T>*>(all[me->from]);
      if (!source) block.fail("a shuffle from lane " + std::to_string(me->from) + ", which takes no part in it");
      me->result = source->value;
    }
  });
  return mine.result;
}
struct Vote {
  bool value;
  uint32_t result;
};

}  // namespace emulated

template <class T>
T shuffle(T value, int from_lane, uint32_t lanes = kAllLanes) {
  return emulated::shuffle("shfl.idx", value, from_lane & 31, lanes);
}
template <class T>
T shuffle_xor(T value, int lane_bits, uint32_t lanes = kAllLanes) {
  return emulated::shuffle("shfl.bfly", value, (lane_index() ^ lane_bits) & 31, lanes);
}
// A lane below `delta` keeps its own value.
template <class T>
T shuffle_up(T value, int delta, uint32_t lanes = kAllLanes) {
  return emulated::shuffle("shfl.up", value, lane_index() >= delta ? lane_index() - delta : lane_index(), lanes);
}
inline uint32_t ballot(bool value, uint32_t lanes = kAllLanes) {
  emulated::Vote mine{value, 0};
  emulator::Block::current().meet("vote.ballot", lanes, &mine, [](emulator::Block&, void* const* all) {
    uint32_t votes = 0;
    for (int lane = 0; lane < kWarp; ++lane)
      if (all[lane] && static_cast<emulated::Vote*>(all[lane])->value) votes |= 1u << lane;
    for (int lane = 0; lane < kWarp; ++lane)
      if (all[lane]) static_cast<emulated::Vote*>(all[lane])->result = votes;
  });
  return mine.result;
}
inline void sync_warp(uint32_t lanes = kAllLanes) { emulator::Block::current().sync_warp(lanes); }
inline int count_bits(uint32_t x) { return __builtin_popcount(x); }
inline int lowest_bit(uint32_t x) { return __builtin_ffs(static_cast<int>(x)) - 1; }

#endif

// Every lane gets the sum, or the largest, of all 32: in the same order everywhere, so in the same bits.
HS_DEVICE float warp_sum(float x) {
  for (int bits = kWarp / 2; bits > 0; bits /= 2) x += shuffle_xor(x, bits);
  return x;
}
HS_DEVICE float warp_max(float x) {
  for (int bits = kWarp / 2; bits > 0; bits /= 2) x = fmaxf(x, shuffle_xor(x, bits));
  return x;
}

}  // namespace headscope::cuda
