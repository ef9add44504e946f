// What ptx/matrix.h does on the emulator.
#include "../ptx/matrix.h"

#include <cstring>

#include "bank_conflicts.h"

namespace headscope::cuda::emulated {
namespace {

struct Load {
  SharedAddress row;
  uint32_t* to;
};

template <int kBlocks, bool kTransposed>
void load_all(emulator::Block& block, void* const* lanes) {
  const int first = block.thread() / kWarp * kWarp;
  for (int b = 0; b < kBlocks; ++b) {
    uint16_t rows[8][8];
    uint32_t addresses[8];
    for (int r = 0; r < 8; ++r) {
      const int lane = 8 * b + r;
      addresses[r] = static_cast<Load*>(lanes[lane])->row;
      block.shared().load(first + lane, static_cast<Load*>(lanes[lane])->row, 16, 16, rows[r]);
    }
    emulator::count_banks(addresses);
    for (int lane = 0; lane < kWarp; ++lane) {
      const int at = lane / 4, pair = lane % 4 * 2;
      const uint16_t low = kTransposed ? rows[pair][at] : rows[at][pair];
      const uint16_t high = kTransposed ? rows[pair + 1][at] : rows[at][pair + 1];
      static_cast<Load*>(lanes[lane])->to[b] = low | static_cast<uint32_t>(high) << 16;
    }
  }
}

struct Product {
  float* d;
  const uint32_t* a;
  const uint32_t* b;
};

float half_of(uint32_t pair, int which) { return which ? high_bf16(pair) : low_bf16(pair); }

void multiply_all(emulator::Block&, void* const* lanes) {
  float a[16][16], b[8][16];  // b by column of the product
  for (int lane = 0; lane < kWarp; ++lane) {
    const auto* p = static_cast<const Product*>(lanes[lane]);
    const int g = lane / 4, t = lane % 4;
    for (int half = 0; half < 2; ++half) {
      for (int i = 0; i < 4; ++i) a[g + i % 2 * 8][2 * t + i / 2 * 8 + half] = half_of(p->a[i], half);
      for (int i = 0; i < 2; ++i) b[g][2 * t + i * 8 + half] = half_of(p->b[i], half);
    }
  }
  for (int lane = 0; lane < kWarp; ++lane) {
    float* d = static_cast<Product*>(lanes[lane])->d;
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < 4; ++i) {
      float sum = d[i];
      for (int k = 0; k < 16; ++k) sum += a[g + i / 2 * 8][k] * b[2 * t + i % 2][k];
      d[i] = sum;
    }
  }
}

}  // namespace

void load_matrices(SharedAddress row, int blocks, bool transposed, uint32_t* to) {
  Load mine{row, to};
  emulator::Block& block = emulator::Block::current();
  if (blocks == 4)
    block.meet(transposed ? "ldmatrix.x4.trans" : "ldmatrix.x4", kAllLanes, &mine, transposed ? load_all<4, true> : load_all<4, false>);
  else
    block.meet(transposed ? "ldmatrix.x2.trans" : "ldmatrix.x2", kAllLanes, &mine, transposed ? load_all<2, true> : load_all<2, false>);
}

void multiply_add(float* d, const uint32_t* a, const uint32_t* b) {
  Product mine{d, a, b};
  emulator::Block::current().meet("mma.m16n8k16", kAllLanes, &mine, multiply_all);
}

}  // namespace headscope::cuda::emulated
