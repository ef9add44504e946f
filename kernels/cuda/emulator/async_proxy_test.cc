// Hopper's units on the emulator: right where they are used right, in every order, and each mistake made once on purpose.
#include "async_proxy.h"

#include <cmath>
#include <random>

#include "global_memory.h"
#include "kernels/cuda/ptx/async_copy.h"
#include "kernels/cuda/ptx/barrier.h"
#include "kernels/cuda/ptx/tensor_copy.h"
#include "kernels/cuda/ptx/warp.h"
#include "kernels/cuda/ptx/warpgroup.h"
#include "launch_check.h"

using namespace headscope::cuda;
using headscope::emulator::Buffer;
using headscope::emulator::expect;
using headscope::emulator::kOrders;
using headscope::emulator::Order;
using headscope::emulator::said;

namespace {

uint16_t bits_of(float x) { return to_bf16(x).bits; }

// ---- mbarriers

// Warp 0 fills two slots by turns, warp 1 empties them. `early`: the consumer gives a slot back before it has read it.
void ring(int* out, bool early) {
  const Shared<int> slots(shared_start(), 64);
  const SharedAddress full = shared_start() + 256, empty = full + 16;
  const int lane = lane_index();
  if (thread_index() == 0)
    for (SharedAddress i = 0; i < 2; ++i) {
      init_mbarrier(full + 8 * i, 32);
      init_mbarrier(empty + 8 * i, 32);
    }
  sync_block();
  for (int i = 0; i < 7; ++i) {
    const auto slot = static_cast<SharedAddress>(i % 2), parity = static_cast<uint32_t>(i / 2 % 2);
    if (warp_index() == 0) {
      wait_mbarrier(empty + 8 * slot, parity ^ 1);
      slots[i % 2 * 32 + lane] = 100 * i + lane;
      arrive_mbarrier(full + 8 * slot);
    } else {
      wait_mbarrier(full + 8 * slot, parity);
      if (early) arrive_mbarrier(empty + 8 * slot);
      out[i * 32 + lane] = slots[i % 2 * 32 + 31 - lane];
      if (!early) arrive_mbarrier(empty + 8 * slot);
    }
  }
}

HS_TEST("mbarriers carry a ring of slots through their phases") {
  for (const Order order : kOrders) {
    Buffer<int> out(7 * 32);
    HS_CHECK_EQ(said(64, 288, [&] { ring(out.data(), false); }, order), "");
    for (int i = 0; i < 7; ++i)
      for (int l = 0; l < 32; ++l) HS_CHECK_EQ(out[i * 32 + l], 100 * i + 31 - l);
  }
  Buffer<int> out(7 * 32);
  expect("race in shared memory", 64, 288, [&] { ring(out.data(), true); });
}

HS_TEST("mbarriers: too many arrivals, none, no start and no barrier after it are reported") {
  expect("beyond the 1 of its phase", 32, 8, [] {
    if (lane_index() != 0) return;
    init_mbarrier(shared_start(), 1);
    arrive_expecting(shared_start(), 16);  // the bytes never come: the phase stays
    arrive_mbarrier(shared_start());
  });
  expect("wait for the mbarrier at byte 0", 32, 8, [] {
    if (lane_index() == 0) init_mbarrier(shared_start(), 33);
    sync_warp();
    arrive_mbarrier(shared_start());
    wait_mbarrier(shared_start(), 0);
  });
  expect("nobody wrote", 32, 8, [] { arrive_mbarrier(shared_start()); });
  const std::string unsynced = said(32, 8, [] {
    if (lane_index() == 0) init_mbarrier(shared_start(), 32);
    arrive_mbarrier(shared_start());
  });
  HS_CHECK(unsynced.find("race") != std::string::npos);
}

// ---- tensor copies

constexpr int kRows = 5, kColumns = 72, kLd = 80, kBoxRows = 8;

struct Matrix {
  Buffer<uint16_t> data{(kRows - 1) * kLd + kColumns};
  TensorMap map;
  Matrix() {
    for (int64_t r = 0; r < kRows; ++r)
      for (int64_t c = 0; c < kColumns; ++c) data[r * kLd + c] = bits_of(static_cast<float>(r * kColumns + c) / 2);
    map = {data.data(), kColumns, kRows, 2 * kLd, kBoxColumns, kBoxRows};
  }
  float at(int r, int c) const { return r < 0 || r >= kRows || c < 0 || c >= kColumns ? 0 : to_float(Bf16{data[r * kLd + c]}); }
};

enum Mistake { none, no_fence, no_wait, other_phase, no_expect, exits };

void copy_box(const Matrix& m, int column, int row, float* out, Mistake mistake) {
  const SharedAddress barrier = shared_start() + 1024;
  if (thread_index() == 0) {
    init_mbarrier(barrier, 1);
    if (mistake != no_fence) fence_async_proxy();
  }
  sync_block();
  if (thread_index() == 0) {
    if (mistake == no_expect) arrive_mbarrier(barrier);
    else arrive_expecting(barrier, 1024);
    copy_tensor_box(shared_start(), m.map, column, row, barrier);
  }
  sync_block();
  if (mistake == exits) return;
  if (mistake != no_wait) wait_mbarrier(barrier, mistake == other_phase ? 1 : 0);
  const Shared<Bf16> box(shared_start(), 512);
  for (int i = thread_index(); i < 512; i += 64) {
    const int r = i / 64, c = i % 64;
    const Bf16 x = box[64 * r + ((c / 8) ^ r) * 8 + c % 8];
    out[i] = to_float(x);
  }
}

HS_TEST("a tensor copy brings a box, swizzled, with zeros outside the matrix") {
  const Matrix m;
  for (const auto& [column, row] : {std::pair{0, 0}, {8, 1}, {64, 3}, {-8, -2}, {200, 0}})
    for (const Order order : kOrders) {
      Buffer<float> out(512);
      HS_CHECK_EQ(said(64, 1032, [&] { copy_box(m, column, row, out.data(), none); }, order), "");
      for (int i = 0; i < 512; ++i) HS_CHECK_EQ(out[i], m.at(row + i / 64, column + i % 64));
    }
}

HS_TEST("tensor copies: what is not waited for, not fenced or not expected is reported") {
  const Matrix m;
  Buffer<float> out(512);
  expect("without a proxy fence", 64, 1032, [&] { copy_box(m, 0, 0, out.data(), no_fence); });
  expect("nobody has waited for the tensor copies", 64, 1032, [&] { copy_box(m, 0, 0, out.data(), exits); });
  for (const Mistake mistake : {no_wait, other_phase, no_expect}) {
    const std::string text = said(64, 1032, [&] { copy_box(m, 0, 0, out.data(), mistake); });
    HS_CHECK(text.find("a copy is under way") != std::string::npos);
  }
  expect("not aligned to 1024", 32, 2048, [&] { copy_tensor_box(shared_start() + 128, m.map, 0, 0, shared_start()); });
}

HS_TEST("a copy that has arrived is not there for those who waited for another barrier") {
  const Matrix m;
  const std::string text = said(64, 2064, [&] {
    const SharedAddress barriers = shared_start() + 2048;
    if (thread_index() == 0) {
      init_mbarrier(barriers, 1);
      init_mbarrier(barriers + 8, 1);
      fence_async_proxy();
    }
    sync_block();
    if (thread_index() == 0) {
      for (SharedAddress i = 0; i < 2; ++i) {
        arrive_expecting(barriers + 8 * i, 1024);
        copy_tensor_box(shared_start() + 1024 * i, m.map, 0, 0, barriers + 8 * i);
      }
    }
    wait_mbarrier(barriers + 8, 0);  // the copies arrive in the order of their issue here, so both are home
    (void)static_cast<Bf16>(Shared<Bf16>(shared_start(), 512)[thread_index()]);
  });
  HS_CHECK(text.find("race in shared memory") != std::string::npos);
}

HS_TEST("a box of one of several matrices ends with its own matrix") {
  Buffer<uint16_t> data(3 * 5 * 64);
  for (int64_t i = 0; i < data.size(); ++i) data[i] = bits_of(static_cast<float>(i % 251));
  const TensorMap map{data.data(), 64, 5, 128, 64, 8, 3, 5 * 128};
  for (const Order order : kOrders) {
    Buffer<float> out(512);
    HS_CHECK_EQ(said(64, 1032, [&] {
                  if (thread_index() == 0) {
                    init_mbarrier(shared_start() + 1024, 1);
                    fence_async_proxy();
                  }
                  sync_block();
                  if (thread_index() == 0) {
                    arrive_expecting(shared_start() + 1024, 1024);
                    copy_tensor_box(shared_start(), map, 0, 2, 1, shared_start() + 1024);
                  }
                  wait_mbarrier(shared_start() + 1024, 0);
                  const Shared<Bf16> box(shared_start(), 512);
                  for (int i = thread_index(); i < 512; i += 64) {
                    const Bf16 x = box[64 * (i / 64) + ((i % 64 / 8) ^ (i / 64)) * 8 + i % 8];
                    out[i] = to_float(x);
                  }
                }, order), "");
    for (int i = 0; i < 512; ++i) HS_CHECK_EQ(out[i], i / 64 < 3 ? static_cast<float>((5 * 64 + 2 * 64 + i) % 251) : 0.0f);
  }
}

// ---- copies of threads that arrive by themselves

enum CopyMistake { fenced, unfenced, unwaited };

// 64 rows of depth of a right factor, copied by 32 threads, which only warps 1 to 4 wait for and multiply by.
void copied_product(const uint16_t* values, float* out, CopyMistake mistake) {
  const SharedAddress barrier = shared_start() + 64 * 128;
  if (thread_index() == 0) {
    init_mbarrier(barrier, 33);
    fence_async_proxy();
  }
  sync_block();
  if (warp_index() == 4) {
    for (int row = lane_index(); row < 64; row += 32)
      for (int chunk = 0; chunk < 8; ++chunk)
        copy_async_16(shared_start() + static_cast<uint32_t>(row * 128 + (chunk ^ (row % 8)) * 16), values + row * 64 + chunk * 8, row < 60 ? 16 : 0);
    arrive_when_copied(barrier);
    if (lane_index() == 0) arrive_mbarrier(barrier);
    return;
  }
  if (mistake != unwaited) wait_mbarrier(barrier, 0);
  if (mistake != unfenced) fence_async_proxy();
  float sums[32] = {};
  fence_sums();
  for (int row = 0; row < 64; row += 16) {
    const uint32_t left[4] = {pack_bf16(1, 1), pack_bf16(1, 1), pack_bf16(1, 1), pack_bf16(1, 1)};
    multiply_registers(sums, left, depth_descriptor(shared_start(), row, 64));
  }
  commit_products();
  wait_products<0>();
  if (thread_index() == 0) out[0] = sums[4];  // column 8
}

HS_TEST("copies that arrive at a barrier by themselves: seen after a fence, and after no less") {
  Buffer<uint16_t> values(64 * 64);
  for (int64_t i = 0; i < values.size(); ++i) values[i] = bits_of(i % 64 == 8 ? 0.5f : 100.0f);
  for (const Order order : kOrders) {
    Buffer<float> out(1);
    HS_CHECK_EQ(said(160, 64 * 128 + 8, [&] { copied_product(values.data(), out.data(), fenced); }, order), "");
    HS_CHECK_EQ(out[0], 30.0f);
  }
  Buffer<float> out(1);
  expect("without a proxy fence", 160, 64 * 128 + 8, [&] { copied_product(values.data(), out.data(), unfenced); });
  const std::string text = said(160, 64 * 128 + 8, [&] { copied_product(values.data(), out.data(), unwaited); });
  HS_CHECK(text.find("a copy is under way") != std::string::npos || text.find("nobody wrote") != std::string::npos);
}

// ---- products of a warpgroup

enum ProductMistake { right, no_proxy_fence, no_register_fence, no_product_wait, touched, overwritten, unwaited_exit };

// sums [64, N] = start + A [64, 64] B [64, N], operands stored by the threads, swizzled.
template <int N>
void product(const std::vector<float>& a, const std::vector<float>& b, float start, float* out, ProductMistake mistake) {
  const Shared<Bf16> tiles(shared_start(), (64 + N) * 64);
  for (int i = thread_index(); i < (64 + N) * 64; i += 128) {
    const int r = i / 64, c = i % 64, place = 64 * r + ((c / 8) ^ (r % 8)) * 8 + c % 8;
    tiles[place] = to_bf16(r < 64 ? a[static_cast<size_t>(i)] : b[static_cast<size_t>(i - 64 * 64)]);
  }
  if (mistake != no_proxy_fence) fence_async_proxy();
  sync_block();
  float sums[N / 2];
  for (float& x : sums) x = start;
  if (mistake != no_register_fence) fence_sums();
  for (int column = 0; column < 64; column += 16)
    multiply_warpgroup(sums, tile_descriptor(shared_start(), column), tile_descriptor(shared_start() + 64 * 128, column), true);
  commit_products();
  if (mistake == touched) sums[0] += 1;
  if (mistake == unwaited_exit) return;
  if (mistake == overwritten) {
    sync_block();
    tiles[thread_index()] = to_bf16(0);
  }
  if (mistake != no_product_wait) wait_products<0>();
  settle(sums);
  for (int i = 0; i < N / 2; ++i) {
    const int row = warp_index() * 16 + lane_index() / 4 + 8 * (i / 2 % 2), column = 8 * (i / 4) + lane_index() % 4 * 2 + i % 2;
    out[row * N + column] = sums[i];
  }
  if (mistake == no_product_wait) wait_products<0>();
}

std::vector<float> random_bf16(int count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<size_t>(count));
  for (float& v : x) v = to_float(to_bf16(normal(random)));
  return x;
}

template <int N>
void check_product() {
  const std::vector<float> a = random_bf16(64 * 64, 1), b = random_bf16(N * 64, 2);
  for (const Order order : kOrders) {
    Buffer<float> out(64 * N);
    HS_CHECK_EQ(said(128, (64 + N) * 128, [&] { product<N>(a, b, 0.5f, out.data(), right); }, order), "");
    for (int r = 0; r < 64; ++r)
      for (int n = 0; n < N; ++n) {
        double sum = 0.5;
        for (int k = 0; k < 64; ++k) sum += static_cast<double>(a[static_cast<size_t>(r * 64 + k)]) * b[static_cast<size_t>(n * 64 + k)];
        HS_CHECK_NEAR(out[r * N + n], sum, 2e-5);
      }
  }
}

HS_TEST("a warpgroup's product of swizzled tiles equals float64 sums") {
  check_product<64>();
  check_product<128>();
  check_product<256>();
}

// sums [64, N] += A [64, 64] B [64, N], A in registers, B by its depth in tiles of 64 rows and 64 columns.
template <int N>
void product_by_depth(const std::vector<float>& a, const std::vector<float>& b, float* out) {
  const Shared<Bf16> tiles(shared_start(), 64 * N);
  for (int i = thread_index(); i < 64 * N; i += 128) {
    const int k = i / N, n = i % N, place = n / 64 * 4096 + 64 * k + ((n % 64 / 8) ^ (k % 8)) * 8 + n % 8;
    tiles[place] = to_bf16(b[static_cast<size_t>(i)]);
  }
  fence_async_proxy();
  sync_block();
  float sums[N / 2] = {};
  uint32_t left[4][4];
  for (int kk = 0; kk < 4; ++kk)
    for (int i = 0; i < 4; ++i) {
      const int row = warp_index() * 16 + lane_index() / 4 + 8 * (i % 2), k = 16 * kk + lane_index() % 4 * 2 + 8 * (i / 2);
      left[kk][i] = pack_bf16(a[static_cast<size_t>(row * 64 + k)], a[static_cast<size_t>(row * 64 + k + 1)]);
    }
  fence_sums();
  for (int kk = 0; kk < 4; ++kk) multiply_registers(sums, left[kk], depth_descriptor(shared_start(), 16 * kk, 64));
  commit_products();
  wait_products<0>();
  for (int i = 0; i < N / 2; ++i) out[(warp_index() * 16 + lane_index() / 4 + 8 * (i / 2 % 2)) * N + 8 * (i / 4) + lane_index() % 4 * 2 + i % 2] = sums[i];
}

template <int N>
void check_product_by_depth() {
  const std::vector<float> a = random_bf16(64 * 64, 3), b = random_bf16(64 * N, 4);
  for (const Order order : kOrders) {
    Buffer<float> out(64 * N);
    HS_CHECK_EQ(said(128, 64 * N * 2, [&] { product_by_depth<N>(a, b, out.data()); }, order), "");
    for (int r = 0; r < 64; ++r)
      for (int n = 0; n < N; ++n) {
        double sum = 0;
        for (int k = 0; k < 64; ++k) sum += static_cast<double>(a[static_cast<size_t>(r * 64 + k)]) * b[static_cast<size_t>(k * N + n)];
        HS_CHECK_NEAR(out[r * N + n], sum, 2e-5);
      }
  }
}

HS_TEST("a left factor in registers times a right one by its depth equals float64 sums") {
  check_product_by_depth<64>();
  check_product_by_depth<128>();
  check_product_by_depth<256>();
}

HS_TEST("products: missing fences and waits are reported, and sums read too early are NaN") {
  const std::vector<float> a = random_bf16(64 * 64, 1), b = random_bf16(64 * 64, 2);
  Buffer<float> out(64 * 64);
  const auto with = [&](ProductMistake mistake) { return [&, mistake] { product<64>(a, b, 0, out.data(), mistake); }; };
  expect("without a proxy fence", 128, 128 * 128, with(no_proxy_fence));
  expect("without wgmma.fence", 128, 128 * 128, with(no_register_fence));
  expect("changed before the wait", 128, 128 * 128, with(touched));
  expect("race in shared memory", 128, 128 * 128, with(overwritten));
  expect("while a product of its warpgroup is under way", 128, 128 * 128, with(unwaited_exit));
  HS_CHECK_EQ(said(128, 128 * 128, with(no_product_wait)), "");
  for (const float x : out) HS_CHECK(std::isnan(x));
}

HS_TEST("wait_products<1> leaves the newest group's sums under way") {
  const std::vector<float> ones(64 * 64, 1.0f);
  Buffer<float> out(2);
  HS_CHECK_EQ(said(128, 128 * 128,
                   [&] {
                     const Shared<uint16_t> tiles(shared_start(), 2 * 64 * 64);
                     for (int i = thread_index(); i < 2 * 64 * 64; i += 128) tiles[i] = bits_of(1);
                     fence_async_proxy();
                     sync_block();
                     float first[32] = {}, second[32] = {};
                     const uint64_t left = tile_descriptor(shared_start(), 0), right = tile_descriptor(shared_start() + 64 * 128, 0);
                     fence_sums();
                     multiply_warpgroup(first, left, right, false);
                     commit_products();
                     multiply_warpgroup(second, left, right, false);
                     commit_products();
                     wait_products<1>();
                     if (thread_index() == 0) out[0] = first[0];
                     if (thread_index() == 0) out[1] = second[0];
                     wait_products<0>();
                   }),
              "");
  HS_CHECK_EQ(out[0], 16.0f);
  HS_CHECK(std::isnan(out[1]));
}

}  // namespace
