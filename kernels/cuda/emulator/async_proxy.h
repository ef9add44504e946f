// What Hopper's units do beside the threads of a block: mbarriers, tensor copies into shared memory, and products of warpgroups.
//
// A tensor copy reads and writes at any time from its issue on: the emulator brings it home when no thread can go on (or, in shuffled
// order, now and then before), the youngest first in descending order. Nobody may touch the bytes until then, and only who has waited for the
// mbarrier's phase is ordered after them. A product reads shared memory until the wait that covers its group; its sums are NaN until then.
//
// The units see shared memory through a proxy of their own: what a thread stored, they see after fence_async_proxy() by it (or by one that is
// ordered after it), followed by a barrier. Forgetting it is reported.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "clocks.h"
#include "tensor_map.h"

namespace headscope::emulator {

class Block;

class AsyncProxy {
 public:
  explicit AsyncProxy(Block& block) : block_(block) {}

  // mbarriers, by their address (8 bytes). Phases are counted from 0; a phase ends when `count` arrivals and all expected bytes are there.
  void init_barrier(uint32_t address, int count);
  void arrive(uint32_t address, int64_t expected_bytes, int count = 1);
  // Returns at once where the current phase's parity is another one: the phase asked for has ended.
  void wait(uint32_t address, uint32_t parity);

  // The box at (column, row) of the map's matrix to shared memory, zeros outside the matrix; then its bytes count at the barrier.
  void begin_tensor_copy(uint32_t to, const TensorMap& map, int column, int row, int matrix, uint32_t barrier);
  // One arrival, when copies of the calling thread are home, which is as late as a tensor copy's. It orders the copies and nothing else.
  struct ThreadCopy {
    uint32_t to;
    const void* from;
    int bytes, valid;
  };
  void arrive_after(std::vector<ThreadCopy> copies, uint32_t address);
  bool copies_under_way() const { return !copies_.empty(); }
  void deliver_first() { deliver(0); }
  void deliver_last() { deliver(copies_.size() - 1); }
  void deliver_any(std::mt19937& random) { deliver(random() % copies_.size()); }

  // wgmma of the calling warp's 16 of 64 rows: sums[i] of this thread, as matrix fragments lie (ptx/warpgroup.h). `left` (where not nullptr,
  // of all lanes): the left factor in registers, in place of `a`. by_depth: the right factor's rows are its depth (ptx/warpgroup.h).
  void fence_sums();
  void multiply(float* sums, int columns, const uint32_t* left, uint64_t a, uint64_t b, bool by_depth, bool accumulate);
  void commit_products();
  void wait_products(size_t groups_left);

  // What is wrong where all threads have exited; empty if nothing.
  std::string at_exit() const;

 private:
  struct Barrier {
    int count = 0, pending = 0, slot = 0;
    int64_t bytes = 0;  // expected and not yet there, or there and not yet expected
    uint32_t phase = 0;
    bool unseen = false;  // copies have arrived since the last wait for it returned
    Known gathering, done;
    std::vector<int> waiting;
  };
  struct Copy {
    TensorMap map;
    int column, row, matrix;
    uint32_t to, barrier;
    bool of_thread = false;  // thread_copies, then an arrival
    std::vector<ThreadCopy> thread_copies;
  };
  struct Sums {  // of one thread
    float* where;
    std::vector<float> real;
    uint64_t group;
  };
  struct Warp {
    bool fenced = false;
    uint64_t open = 0, done = 0;  // groups: the one being filled, and how many have been waited for
    int64_t issued = 0;
    std::map<uint64_t, uint32_t> reads;  // the count of the last read of a group
  };

  Barrier& barrier(uint32_t address, const char* what);
  void step(uint32_t address, Barrier& b);  // ends the phase where all is there
  void deliver(size_t index);
  void deliver_of_thread(const Copy& copy);
  // 16 elements of a row of an operand (descriptor of 128-byte swizzle, depth contiguous).
  void read_row(uint64_t descriptor, int row, float* to, const Stamp& stamp);
  // Row k of depth of a right factor [16, columns] whose rows lie side by side in tiles of 64 columns, to to[16 n + k].
  void read_depth(uint64_t descriptor, int k, int columns, float* to, const Stamp& stamp);
  Warp& warp();
  void land(int thread);

  Block& block_;
  std::map<uint32_t, Barrier> barriers_;
  std::vector<Copy> copies_;
  std::map<int, Warp> warps_;
  std::map<int, std::vector<Sums>> sums_;  // by thread: under way

  friend void multiply_warp(Block&, void* const*);
};

}  // namespace headscope::emulator
