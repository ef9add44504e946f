// What the emulator must catch, each mistake made once on purpose; and that what is right runs in every order.
#include "block.h"

#include <string>
#include <vector>

#include "global_memory.h"
#include "kernels/cuda/ptx/async_copy.h"
#include "kernels/cuda/ptx/barrier.h"
#include "kernels/cuda/ptx/warp.h"
#include "launch_check.h"

using namespace headscope::cuda;
using headscope::emulator::Buffer;
using headscope::emulator::expect;
using headscope::emulator::kOrders;
using headscope::emulator::Order;
using headscope::emulator::OrderScope;
using headscope::emulator::run;
using headscope::emulator::said;

namespace {

// Adds the numbers of all threads in shared memory, a tree.
void tree_sum(float* out) {
  const Shared<float> sums(shared_start(), block_threads());
  sums[thread_index()] = static_cast<float>(thread_index());
  for (int half = block_threads() / 2; half > 0; half /= 2) {
    sync_block();
    if (thread_index() < half) sums[thread_index()] += sums[thread_index() + half];
  }
  if (thread_index() == 0) *out = sums[0];
}

HS_TEST("a tree of sums in shared memory is right in every order") {
  for (const Order order : kOrders) {
    Buffer<float> out(1);
    HS_CHECK_EQ(said(256, 1024, [&] { tree_sum(out.data()); }, order), "");
    HS_CHECK_EQ(out[0], 256 * 255 / 2);
  }
}

HS_TEST("threads and blocks have their indices") {
  Buffer<int> seen(3 * 2 * 64);
  const OrderScope scope(Order::shuffled);
  run("kernel", {{3, 2, 1}, 64, 0}, [&] {
    const auto block = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
    seen[block * 64 + thread_index()] = block * 1000 + warp_index() * 100 + lane_index();
  });
  for (int b = 0; b < 6; ++b)
    for (int t = 0; t < 64; ++t) HS_CHECK_EQ(seen[b * 64 + t], b * 1000 + t / 32 * 100 + t % 32);
}

HS_TEST("a missing __syncthreads is a race, whatever order the threads ran in") {
  expect("race in shared memory", 64, 256, [] {
    const Shared<float> x(shared_start(), 64);
    x[thread_index()] = 1;
    sync_block();
    const float next = x[(thread_index() + 32) % 64];
    x[thread_index()] = next;  // the other warp may not have read yet
  });
}

HS_TEST("lanes of one warp need a barrier too") {
  const auto body = [](bool synced) {
    const Shared<int> x(shared_start(), 32);
    x[lane_index()] = lane_index();
    if (synced) sync_warp();
    const int other = x[31 - lane_index()];
    if (other != 31 - lane_index()) headscope::emulator::Block::current().fail("wrong value");
  };
  HS_CHECK_EQ(said(32, 128, [&] { body(true); }), "");
  const std::string text = said(32, 128, [&] { body(false); });
  HS_CHECK(text.find("which nobody wrote") != std::string::npos || text.find("race") != std::string::npos);
}

HS_TEST("shared memory is checked for bounds, alignment and a first write") {
  expect("which nobody wrote", 32, 128, [] { (void)static_cast<float>(Shared<float>(shared_start(), 32)[lane_index()]); });
  expect("element 32 of an array in shared memory that has 32", 32, 128, [] { Shared<float>(shared_start(), 32)[lane_index() + 1] = 0; });
  expect("of shared memory, which has 124", 32, 124, [] { Shared<float>(shared_start(), 32)[lane_index()] = 0; });
  expect("is not aligned to 4", 32, 256, [] { Shared<float>(shared_start() + 2, 32)[lane_index()] = 0; });
}

HS_TEST("threads that part at a barrier are a deadlock, and named") {
  expect("32 threads (the first is 32) have exited; 32 threads (the first is 0) wait for barrier 0", 64, 0, [] {
    if (warp_index() == 0) sync_block();
  });
  expect("where others wait for", 96, 0, [] {
    if (warp_index() < 2) sync_barrier(1, warp_index() == 0 ? 64 : 96);
  });
}

HS_TEST("lanes that part at a warp's instruction are a divergence") {
  expect("divergence", 32, 0, [] {
    if (lane_index() < 16) (void)ballot(true);
    else (void)shuffle_xor(1, 1);
  });
  expect("deadlock", 32, 0, [] {
    if (lane_index() < 16) (void)ballot(true);
  });
  expect("not in its own mask", 32, 0, [] { (void)ballot(true, 0xffffu); });
  HS_CHECK_EQ(said(32, 0, [] { (void)ballot(true, lane_index() < 16 ? 0xffffu : 0xffff0000u); }), "");
}

HS_TEST("shuffles and votes") {
  Buffer<int> out(4 * 32);
  run("kernel", {{1, 1, 1}, 32, 0}, [&] {
    const int lane = lane_index();
    out[lane] = shuffle_xor(lane, 5);
    out[32 + lane] = shuffle(lane * 2, 7);
    out[64 + lane] = shuffle_up(lane, 3);
    out[96 + lane] = static_cast<int>(ballot(lane % 3 == 0));
  });
  uint32_t thirds = 0;
  for (int l = 0; l < 32; l += 3) thirds |= 1u << l;
  for (int l = 0; l < 32; ++l) {
    HS_CHECK_EQ(out[l], l ^ 5);
    HS_CHECK_EQ(out[32 + l], 14);
    HS_CHECK_EQ(out[64 + l], l < 3 ? l : l - 3);
    HS_CHECK_EQ(out[96 + l], static_cast<int>(thirds));
  }
}

// Warp 0 fills two slots by turns, warp 1 empties them, with a full and an empty barrier for each.
void producer_consumer(int* out, bool waits_for_empty) {
  const Shared<int> slots(shared_start(), 64);
  const int lane = lane_index();
  if (warp_index() == 0) {
    for (int i = 0; i < 6; ++i) {
      if (waits_for_empty && i >= 2) sync_barrier(3 + i % 2, 64);
      slots[i % 2 * 32 + lane] = 100 * i + lane;
      arrive_barrier(1 + i % 2, 64);
    }
  } else {
    for (int i = 0; i < 6; ++i) {
      sync_barrier(1 + i % 2, 64);
      out[i * 32 + lane] = slots[i % 2 * 32 + lane];
      if (waits_for_empty && i < 4) arrive_barrier(3 + i % 2, 64);
    }
  }
}

HS_TEST("named barriers carry a producer's data, and its race is seen without them") {
  for (const Order order : kOrders) {
    Buffer<int> out(6 * 32);
    HS_CHECK_EQ(said(64, 256, [&] { producer_consumer(out.data(), true); }, order), "");
    for (int i = 0; i < 6; ++i)
      for (int l = 0; l < 32; ++l) HS_CHECK_EQ(out[i * 32 + l], 100 * i + l);
  }
  Buffer<int> out(6 * 32);
  const std::string text = said(64, 256, [&] { producer_consumer(out.data(), false); });
  HS_CHECK(text.find("race") != std::string::npos);
}

void copy_through(const float* in, float* out, bool wait, bool sync) {
  const Shared<float> x(shared_start(), 256);
  const int t = thread_index();
  copy_async_16(x.address(4 * t), in + 4 * t, t == 5 ? 8 : 16);
  commit_copies();
  if (wait) wait_copies<0>();
  if (sync) sync_block();
  for (int i = 0; i < 4; ++i) out[4 * t + i] = x[4 * (63 - t) + i];
  if (!wait) wait_copies<0>();
}

HS_TEST("cp.async arrives at the wait and not before, with zeros behind what is valid") {
  Buffer<float> in(256), out(256);
  for (int i = 0; i < 256; ++i) in[i] = static_cast<float>(i);
  for (const Order order : kOrders) {
    HS_CHECK_EQ(said(64, 1024, [&] { copy_through(in.data(), out.data(), true, true); }, order), "");
    for (int t = 0; t < 64; ++t)
      for (int i = 0; i < 4; ++i) HS_CHECK_EQ(out[4 * t + i], 63 - t == 5 && i >= 2 ? 0.0f : in[4 * (63 - t) + i]);
  }
  expect("a copy is under way", 64, 1024, [&] { copy_through(in.data(), out.data(), false, true); });
  const std::string unsynced = said(64, 1024, [&] { copy_through(in.data(), out.data(), true, false); });
  HS_CHECK(unsynced.find("nobody wrote") != std::string::npos || unsynced.find("race") != std::string::npos || unsynced.find("under way") != std::string::npos);
}

HS_TEST("wait_copies<1> leaves the newest group under way") {
  Buffer<float> in(8);
  for (int i = 0; i < 8; ++i) in[i] = static_cast<float>(i);
  const auto body = [&](int element) {
    const Shared<float> x(shared_start(), 8);
    if (lane_index() != 0) return;
    copy_async_16(x.address(0), in.data());
    commit_copies();
    copy_async_16(x.address(4), in.data() + 4);
    commit_copies();
    wait_copies<1>();
    if (x[element] != in[element]) headscope::emulator::Block::current().fail("wrong value");
    wait_copies<0>();
  };
  HS_CHECK_EQ(said(32, 32, [&] { body(3); }), "");
  HS_CHECK(said(32, 32, [&] { body(4); }).find("a copy is under way") != std::string::npos);
}

HS_TEST("cp.async is checked at its source") {
  Buffer<float> in(6);
  expect("past the end of an allocation of 24 bytes", 32, 32, [&] {
    copy_async_16(shared_start(), in.data() + 4);
  });
  expect("not aligned to 16", 32, 32, [&] { copy_async_16(shared_start(), in.data() + 1); });
  expect("exits while copies", 32, 1024, [&] { copy_async_16(shared_start() + 16 * static_cast<uint32_t>(lane_index()), in.data(), 4); });
}

#if defined(__x86_64__)
HS_TEST("a load past the end of a global array fails the launch") {
  Buffer<float> in(64), out(64);
  expect("past the end of an allocation of 256 bytes", 64, 0, [&] {
    const volatile float* p = in.data();
    out[thread_index()] = p[thread_index() + 1];
  });
  HS_CHECK_EQ(said(64, 0, [&] { out[thread_index()] = in[thread_index()]; }), "");
}
#endif

HS_TEST("atomics on shared memory do not race among themselves, but with loads") {
  const auto body = [](bool synced) {
    const Shared<int> count(shared_start(), 1);
    if (thread_index() == 0) count[0] = 0;
    sync_block();
    atomic_add(count, 0, thread_index());
    if (synced) sync_block();
    const int all = count[0];
    if (all != 64 * 63 / 2) headscope::emulator::Block::current().fail("wrong sum");
  };
  HS_CHECK_EQ(said(64, 4, [&] { body(true); }), "");
  HS_CHECK(said(64, 4, [&] { body(false); }) != "");
}

}  // namespace
