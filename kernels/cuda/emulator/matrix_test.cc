// The fragment layouts: filled from plain matrices by the formulas of the PTX ISA, multiplied, and held against a plain product.
#include "kernels/cuda/ptx/matrix.h"

#include <cmath>
#include <random>

#include "bank_conflicts.h"
#include "global_memory.h"
#include "kernels/check/check.h"
#include "kernels/cuda/ptx/barrier.h"
#include "kernels/cuda/ptx/warp.h"
#include "launch.h"

using namespace headscope::cuda;
using headscope::emulator::run;

namespace {

struct Matrices {
  float a[16][16], b[16][8], c[16][8];  // a and b exact in bfloat16
  Matrices() {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (auto& row : a)
      for (float& x : row) x = to_float(to_bf16(normal(random)));
    for (auto& row : b)
      for (float& x : row) x = to_float(to_bf16(normal(random)));
    for (auto& row : c)
      for (float& x : row) x = normal(random);
  }
  double product(int i, int j) const {
    double sum = c[i][j];
    for (int k = 0; k < 16; ++k) sum += static_cast<double>(a[i][k]) * b[k][j];
    return sum;
  }
};

HS_TEST("mma.m16n8k16 from registers is a matrix product") {
  const Matrices m;
  float d[16][8];
  run("kernel", {{1, 1, 1}, 32, 0}, [&] {
    const int g = lane_index() >> 2, t = lane_index() & 3;
    // PTX ISA, "Matrix fragments for mma.m16n8k16 with floating point type": a_i in row g or g + 8, column 2 t + (i & 1) or that + 8.
    const auto a_row = [&](int i) { return i < 2 || (i >= 4 && i < 6) ? g : g + 8; };
    const auto a_column = [&](int i) { return t * 2 + (i & 1) + (i >= 4 ? 8 : 0); };
    const auto b_row = [&](int i) { return t * 2 + (i & 1) + (i >= 2 ? 8 : 0); };
    uint32_t a[4], b[2];
    float c[4];
    for (int r = 0; r < 4; ++r) a[r] = pack_bf16(m.a[a_row(2 * r)][a_column(2 * r)], m.a[a_row(2 * r + 1)][a_column(2 * r + 1)]);
    for (int r = 0; r < 2; ++r) b[r] = pack_bf16(m.b[b_row(2 * r)][g], m.b[b_row(2 * r + 1)][g]);
    for (int i = 0; i < 4; ++i) c[i] = m.c[i < 2 ? g : g + 8][t * 2 + (i & 1)];
    multiply_add(c, a, b);
    for (int i = 0; i < 4; ++i) d[i < 2 ? g : g + 8][t * 2 + (i & 1)] = c[i];
  });
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j) HS_CHECK_NEAR(d[i][j], m.product(i, j), 1e-5);
}

HS_TEST("ldmatrix brings A by rows and B by columns, plain and transposed") {
  const Matrices m;
  float d[16][8], e[16][8];
  run("kernel", {{1, 1, 1}, 32, 2048}, [&] {
    const int lane = lane_index(), g = lane >> 2, t = lane & 3;
    const Shared<Bf16> a(shared_start(), 256), b(shared_start() + 512, 128), bt(shared_start() + 1024, 128);
    for (int i = lane; i < 256; i += 32) a[i] = to_bf16(m.a[i / 16][i % 16]);
    for (int i = lane; i < 128; i += 32) b[i] = to_bf16(m.b[i / 8][i % 8]);    // [k, n]
    for (int i = lane; i < 128; i += 32) bt[i] = to_bf16(m.b[i % 16][i / 16]);  // [n, k]
    sync_warp();
    uint32_t fa[4], fb[2], fbt[2];
    load_matrix_x4(fa, a.address(lane % 16 * 16 + lane / 16 * 8));
    load_matrix_x2_transposed(fb, b.address(lane % 16 * 8));
    load_matrix_x2(fbt, bt.address(lane % 8 * 16 + lane / 8 % 2 * 8));
    float c[4] = {}, f[4] = {};
    multiply_add(c, fa, fb);
    multiply_add(f, fa, fbt);
    for (int i = 0; i < 4; ++i) {
      d[i < 2 ? g : g + 8][t * 2 + (i & 1)] = c[i];
      e[i < 2 ? g : g + 8][t * 2 + (i & 1)] = f[i];
    }
  });
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j) {
      HS_CHECK_NEAR(d[i][j], m.product(i, j) - m.c[i][j], 1e-5);
      HS_CHECK_EQ(d[i][j], e[i][j]);
    }
}

HS_TEST("ldmatrix is a read: a row that nobody wrote, or that another thread is about to change, is seen") {
  const auto said = [](auto&& body) -> std::string {
    try {
      run("kernel", {{1, 1, 1}, 64, 1024}, body);
      return "";
    } catch (const headscope::emulator::Failure& failure) {
      return failure.what();
    }
  };
  HS_CHECK(said([] {
             uint32_t to[4];
             load_matrix_x4(to, shared_start() + 16 * static_cast<uint32_t>(lane_index()));
           }).find("nobody wrote") != std::string::npos);
  HS_CHECK(said([] {
             const Shared<Bf16> x(shared_start(), 512);
             for (int i = thread_index(); i < 512; i += 64) x[i] = to_bf16(1);
             sync_block();
             uint32_t to[4];
             if (warp_index() == 0) load_matrix_x4(to, x.address(lane_index() * 8));
             else x[lane_index()] = to_bf16(2);
           }).find("race") != std::string::npos);
  HS_CHECK(said([] {
             uint32_t to[4];
             load_matrix_x4(to, shared_start() + 8);
           }).find("not aligned to 16") != std::string::npos);
}

HS_TEST("bfloat16 rounds to nearest, ties to even") {
  const auto rounded = [](uint32_t bits) { return to_bf16(float_of_bits(bits)).bits; };
  HS_CHECK_EQ(rounded(0x3f800000), 0x3f80);
  HS_CHECK_EQ(rounded(0x3f808000), 0x3f80);  // a tie goes to the even one
  HS_CHECK_EQ(rounded(0x3f818000), 0x3f82);
  HS_CHECK_EQ(rounded(0x3f808001), 0x3f81);
  HS_CHECK_EQ(rounded(0x7f7fffff), 0x7f80);  // overflows to infinity
  HS_CHECK_EQ(rounded(0xff800000), 0xff80);
  HS_CHECK_EQ(rounded(0x7f800001), 0x7fff);
  HS_CHECK_EQ(pack_bf16(1, -2), 0xc0003f80u);
  HS_CHECK_EQ(low_bf16(0xc0003f80u), 1.0f);
  HS_CHECK_EQ(high_bf16(0xc0003f80u), -2.0f);
}

HS_TEST("bank conflicts of ldmatrix are counted: rows of 64 bytes side by side have them, padded rows have none") {
  const auto conflicts = [](int row_bytes) {
    headscope::emulator::bank_count() = {};
    run("kernel", {{1, 1, 1}, 32, 8192}, [&] {
      const Shared<Bf16> x(shared_start(), 4096);
      for (int i = lane_index(); i < 4096; i += 32) x[i] = to_bf16(1);
      sync_warp();
      uint32_t to[4];
      load_matrix_x4(to, x.address(lane_index() * row_bytes / 2));
    });
    HS_CHECK_EQ(headscope::emulator::bank_count().blocks, 4);
    return headscope::emulator::bank_count().conflicts;
  };
  HS_CHECK_EQ(conflicts(16), 0);
  HS_CHECK_EQ(conflicts(32), 4);       // rows 0 and 4: two passes for each of the 4 blocks
  HS_CHECK_EQ(conflicts(64), 4 * 3);   // rows 0, 2, 4, 6
  HS_CHECK_EQ(conflicts(128), 4 * 7);  // all of them
  HS_CHECK_EQ(conflicts(144), 0);
}

}  // namespace
