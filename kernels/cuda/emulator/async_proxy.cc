#include "async_proxy.h"

#include <algorithm>
#include <cstring>

#include "block.h"

namespace headscope::emulator {
namespace {

constexpr uint32_t kUnderWay = 0x7fa0dead;  // what sums hold while a product of theirs is: a signalling NaN, which arithmetic would change

float of_bf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float x;
  std::memcpy(&x, &wide, 4);
  return x;
}
bool untouched(const float* sums, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, sums + i, 4);
    if (bits != kUnderWay) return false;
  }
  return true;
}
// The 128-byte swizzle: of an address, the 16-byte chunk within 128 bytes is exchanged by the number of the 128 bytes within 1024.
uint32_t swizzled(uint32_t address) { return address ^ ((address >> 7 & 7) << 4); }

struct Product {
  float* sums;
  int columns;
  const uint32_t* left;
  uint64_t a, b;
  bool by_depth, accumulate;
};

}  // namespace

void AsyncProxy::init_barrier(uint32_t address, int count) {
  if (count < 1 || count >= 1 << 20) block_.fail("an mbarrier of " + std::to_string(count) + " arrivals");
  const uint64_t opaque = 0;
  block_.shared().store(block_.thread(), address, 8, 8, &opaque);
  const auto found = barriers_.find(address);
  const int slot = found != barriers_.end() ? found->second.slot : static_cast<int>(barriers_.size());
  if (slot >= Clocks::kCopyUnits) block_.fail("more than " + std::to_string(Clocks::kCopyUnits) + " mbarriers: the emulator has no room for them");
  Barrier& b = barriers_[address] = {};
  b.count = b.pending = count;
  b.slot = slot;
}

AsyncProxy::Barrier& AsyncProxy::barrier(uint32_t address, const char* what) {
  uint64_t opaque;
  block_.shared().load(block_.thread(), address, 8, 8, &opaque);  // ordered after its start
  const auto found = barriers_.find(address);
  if (found == barriers_.end()) block_.fail(std::string(what) + " at byte " + std::to_string(address) + ", where no mbarrier was started");
  return found->second;
}

void AsyncProxy::step(uint32_t, Barrier& b) {
  if (b.pending > 0 || b.bytes != 0) return;
  ++b.phase;
  b.pending = b.count;
  if (b.done.size() < b.gathering.size()) b.done.resize(b.gathering.size());
  for (size_t i = 0; i < b.gathering.size(); ++i) b.done[i] = std::max(b.done[i], b.gathering[i]);
  b.gathering.clear();
  if (!b.waiting.empty()) b.unseen = false;
  for (const int t : b.waiting) {
    block_.clocks().acquire(t, b.done);
    block_.wake(t);
  }
  b.waiting.clear();
}

void AsyncProxy::arrive(uint32_t address, int64_t expected_bytes, int count) {
  Barrier& b = barrier(address, "an arrival");
  if (b.pending < count) block_.fail("an arrival at the mbarrier at byte " + std::to_string(address) + " beyond the " + std::to_string(b.count) + " of its phase");
  block_.clocks().release(block_.thread(), b.gathering);
  b.bytes += expected_bytes;
  b.pending -= count;
  step(address, b);
}

void AsyncProxy::wait(uint32_t address, uint32_t parity) {
  Barrier& b = barrier(address, "a wait");
  if ((b.phase & 1) != (parity & 1)) {
    b.unseen = false;
    return block_.clocks().acquire(block_.thread(), b.done);
  }
  b.waiting.push_back(block_.thread());
  block_.wait("the mbarrier at byte", static_cast<int>(address));
}

void AsyncProxy::begin_tensor_copy(uint32_t to, const TensorMap& map, int column, int row, int matrix, uint32_t barrier_address) {
  Barrier& b = barrier(barrier_address, "a tensor copy");
  uint64_t opaque;
  block_.shared().unit_load(block_.thread(), block_.clocks().unit_stamp(b.slot), barrier_address, 8, 8, &opaque);  // the unit sees its start
  block_.shared().begin_copy(block_.thread(), to, static_cast<int>(map.box_bytes()), 128);
  copies_.push_back({map, column, row, matrix, to, barrier_address, false, {}});
}

void AsyncProxy::arrive_after(std::vector<ThreadCopy> copies, uint32_t address) {
  barrier(address, "an arrival");
  copies_.push_back({{}, 0, 0, 0, 0, address, true, std::move(copies)});
}

void AsyncProxy::deliver_of_thread(const Copy& copy) {
  Barrier& b = barriers_.at(copy.barrier);
  for (const ThreadCopy& c : copy.thread_copies) {
    char data[16] = {};
    if (c.valid > 0) std::memcpy(data, c.from, static_cast<size_t>(c.valid));
    const Stamp stamp = block_.clocks().unit_stamp(Clocks::kCopyUnits + Clocks::kProductUnits + b.slot);
    block_.shared().unit_store(stamp, c.to, c.bytes, data);
    block_.clocks().add(stamp, b.gathering);
    b.unseen = true;
  }
  if (b.pending == 0) return block_.note_failure("an arrival at the mbarrier at byte " + std::to_string(copy.barrier) + " beyond the " + std::to_string(b.count) + " of its phase");
  --b.pending;
  step(copy.barrier, b);
}

void AsyncProxy::deliver(size_t index) {
  const Copy copy = copies_[index];
  copies_.erase(copies_.begin() + static_cast<std::ptrdiff_t>(index));
  if (copy.of_thread) return deliver_of_thread(copy);
  const TensorMap& map = copy.map;
  std::vector<uint16_t> box(static_cast<size_t>(map.box_bytes() / 2));
  for (int y = 0; y < map.box_rows; ++y) {
    const int64_t row = int64_t{copy.row} + y;
    if (row < 0 || row >= map.rows || copy.matrix < 0 || copy.matrix >= map.matrices) continue;
    for (int x = 0; x < map.box_columns; ++x) {
      const int64_t column = int64_t{copy.column} + x;
      if (column < 0 || column >= map.columns) continue;
      const uint32_t place = swizzled(copy.to + static_cast<uint32_t>(2 * (y * map.box_columns + x))) - copy.to;
      std::memcpy(&box[place / 2], static_cast<const char*>(map.from) + copy.matrix * map.matrix_bytes + row * map.stride_bytes + 2 * column, 2);
    }
  }
  Barrier& b = barriers_.at(copy.barrier);
  const Stamp stamp = block_.clocks().unit_stamp(b.slot);
  block_.shared().unit_store(stamp, copy.to, static_cast<int>(map.box_bytes()), box.data());
  block_.clocks().add(stamp, b.gathering);
  b.bytes -= map.box_bytes();
  b.unseen = true;
  step(copy.barrier, b);
}

AsyncProxy::Warp& AsyncProxy::warp() { return warps_[block_.thread() / 32]; }

void AsyncProxy::fence_sums() {
  block_.meet("wgmma.fence", ~0u, this, [](Block& block, void* const*) { block.units().warp().fenced = true; });
}

void AsyncProxy::read_row(uint64_t descriptor, int row, float* to, const Stamp& stamp) {
  if (descriptor >> 62 != 1 || (descriptor >> 49 & 7) != 0) block_.fail("a matrix descriptor of another layout than the 128-byte swizzle from 1024 bytes on");
  const auto start = static_cast<uint32_t>(descriptor & 0x3fff) << 4, group = static_cast<uint32_t>(descriptor >> 32 & 0x3fff) << 4;
  const uint32_t at = start + static_cast<uint32_t>(row / 8) * group + static_cast<uint32_t>(row % 8) * 128;
  const int by = block_.thread() / 32 * 32 + row % 32;
  for (uint32_t half = 0; half < 2; ++half) {
    uint16_t chunk[8];
    block_.shared().unit_load(by, stamp, swizzled(at + 16 * half), 16, 16, chunk);
    for (int i = 0; i < 8; ++i) to[8 * half + static_cast<uint32_t>(i)] = of_bf16(chunk[i]);
  }
}

void AsyncProxy::read_depth(uint64_t descriptor, int k, int columns, float* to, const Stamp& stamp) {
  if (descriptor >> 62 != 1 || (descriptor >> 49 & 7) != 0) block_.fail("a matrix descriptor of another layout than the 128-byte swizzle from 1024 bytes on");
  const auto start = static_cast<uint32_t>(descriptor & 0x3fff) << 4, across = static_cast<uint32_t>(descriptor >> 16 & 0x3fff) << 4;
  const auto group = static_cast<uint32_t>(descriptor >> 32 & 0x3fff) << 4;
  const int by = block_.thread() / 32 * 32 + k;
  for (int n = 0; n < columns; n += 8) {
    uint16_t chunk[8];
    const uint32_t at = start + static_cast<uint32_t>(k / 8) * group + static_cast<uint32_t>(k % 8) * 128 + static_cast<uint32_t>(n / 64) * across + static_cast<uint32_t>(n % 64) * 2;
    block_.shared().unit_load(by, stamp, swizzled(at), 16, 16, chunk);
    for (int i = 0; i < 8; ++i) to[16 * (n + i) + k] = of_bf16(chunk[i]);
  }
}

void multiply_warp(Block& block, void* const* lanes) {
  AsyncProxy& units = block.units();
  AsyncProxy::Warp& warp = units.warp();
  const int first = block.thread() / 32 * 32, index = first / 32;
  const auto& p = *static_cast<const Product*>(lanes[0]);
  if (!warp.fenced) block.fail("a product of a warpgroup without wgmma.fence after the last wait: it may not see the registers");
  const Stamp stamp = block.clocks().unit_stamp(Clocks::kCopyUnits + index);
  warp.reads[warp.open] = stamp.count;
  ++warp.issued;

  float a[16][16];
  std::vector<float> b(static_cast<size_t>(p.columns) * 16);
  for (int r = 0; r < 16 && !p.left; ++r) units.read_row(p.a, index % 4 * 16 + r, a[r], stamp);
  for (int lane = 0; lane < 32 && p.left; ++lane)
    for (int i = 0; i < 4; ++i) {
      const uint32_t pair = static_cast<const Product*>(lanes[lane])->left[i];
      float* const to = &a[lane / 4 + 8 * (i % 2)][lane % 4 * 2 + 8 * (i / 2)];
      to[0] = of_bf16(static_cast<uint16_t>(pair));
      to[1] = of_bf16(static_cast<uint16_t>(pair >> 16));
    }
  for (int n = 0; n < p.columns && !p.by_depth; ++n) units.read_row(p.b, n, &b[static_cast<size_t>(n) * 16], stamp);
  for (int k = 0; k < 16 && p.by_depth; ++k) units.read_depth(p.b, k, p.columns, b.data(), stamp);

  for (int lane = 0; lane < 32; ++lane) {
    const auto& mine = *static_cast<const Product*>(lanes[lane]);
    if (mine.a != p.a || mine.b != p.b || mine.columns != p.columns || mine.accumulate != p.accumulate || !mine.left != !p.left || mine.by_depth != p.by_depth) block.fail("lanes of one product with different operands");
    std::vector<AsyncProxy::Sums>& all = units.sums_[first + lane];
    auto sums = std::find_if(all.begin(), all.end(), [&](const AsyncProxy::Sums& s) { return s.where == mine.sums; });
    const auto count = static_cast<size_t>(p.columns / 2);
    if (sums == all.end()) {
      sums = all.insert(all.end(), {mine.sums, std::vector<float>(mine.sums, mine.sums + count), 0});
      for (size_t i = 0; i < count; ++i) std::memcpy(mine.sums + i, &kUnderWay, 4);
    } else if (!untouched(mine.sums, count)) {
      block.fail("the sums of a product under way were changed before the wait for it");
    }
    sums->group = warp.open;
    const int g = lane / 4, t = lane % 4;
    for (size_t i = 0; i < count; ++i) {
      const float* const left = a[g + 8 * (static_cast<int>(i) / 2 % 2)];
      const float* const right = &b[(8 * (i / 4) + 2 * static_cast<size_t>(t) + i % 2) * 16];
      float sum = p.accumulate ? sums->real[i] : 0;
      for (int k = 0; k < 16; ++k) sum += left[k] * right[k];
      sums->real[i] = sum;
    }
  }
}

void AsyncProxy::multiply(float* sums, int columns, const uint32_t* left, uint64_t a, uint64_t b, bool by_depth, bool accumulate) {
  Product mine{sums, columns, left, a, b, by_depth, accumulate};
  block_.meet("wgmma.mma_async", ~0u, &mine, multiply_warp);
}

void AsyncProxy::commit_products() {
  block_.meet("wgmma.commit_group", ~0u, this, [](Block& block, void* const*) { ++block.units().warp().open; });
}

void AsyncProxy::land(int thread) {
  std::vector<Sums>& all = sums_[thread];
  const Warp& w = warps_[thread / 32];
  for (auto s = all.begin(); s != all.end();) {
    if (s->group >= w.done) {
      ++s;
      continue;
    }
    if (!untouched(s->where, s->real.size())) block_.fail("the sums of a product under way were changed before the wait for it");
    std::copy(s->real.begin(), s->real.end(), s->where);
    s = all.erase(s);
  }
}

void AsyncProxy::wait_products(size_t groups_left) {
  block_.meet("wgmma.wait_group", ~0u, &groups_left, [](Block& block, void* const* lanes) {
    AsyncProxy& units = block.units();
    Warp& w = units.warp();
    const int first = block.thread() / 32 * 32;
    w.fenced = false;
    for (const size_t left = *static_cast<const size_t*>(lanes[0]); w.done + left < w.open; ++w.done) {
      const auto read = w.reads.find(w.done);
      if (read == w.reads.end()) continue;
      const Stamp last{static_cast<int16_t>(block.clocks().threads() + Clocks::kCopyUnits + first / 32), false, read->second};
      for (int lane = 0; lane < 32; ++lane) block.clocks().learn(first + lane, last);
      w.reads.erase(read);
    }
    for (int lane = 0; lane < 32; ++lane) units.land(first + lane);
  });
}

std::string AsyncProxy::at_exit() const {
  for (const auto& [address, b] : barriers_)
    if (b.unseen) return "all threads have exited, and nobody has waited for the tensor copies at the mbarrier at byte " + std::to_string(address);
  for (const auto& [thread, sums] : sums_)
    if (!sums.empty()) return "thread " + std::to_string(thread) + " has exited while a product of its warpgroup is under way: wait for it first";
  for (const auto& [index, w] : warps_) {
    const auto first = warps_.find(index / 4 * 4);
    if (first == warps_.end() || first->second.issued != w.issued) return "the warps of a warpgroup have not issued the same products";
  }
  return "";
}

}  // namespace headscope::emulator
