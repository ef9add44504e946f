// One thread block in execution: a fiber a thread, and the places where threads meet. What a kernel does wrong (threads that part
// at a barrier, a race, a copy nobody waited for, a read past the end) ends the launch with a Failure that says where.
//
// Threads run one at a time, each until it must wait for others, in the order that the launch chose. Stricter than a device: a
// thread that has exited does not count as arrived, and every lane of a warp instruction's mask must reach that very instruction.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "async_proxy.h"
#include "clocks.h"
#include "fiber.h"
#include "shared_memory.h"

namespace headscope::emulator {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

struct Shape {
  Dim3 grid;
  int threads = 32;  // of a block, in one dimension: a multiple of 32, up to 1024
  int64_t shared_bytes = 0;
};

// In which order threads that could run do: what a correct kernel computes does not depend on it.
enum class Order { ascending, descending, shuffled };

class Block {
 public:
  Block(const std::string& kernel, const Shape& shape, Dim3 index, Order order, uint32_t seed);
  // Runs body() on every thread; throws Failure.
  void run(const std::function<void()>& body);

  // What follows is called on a thread of the block.
  static Block& current();
  int thread() const { return running_; }
  SharedMemory& shared() { return shared_; }
  Clocks& clocks() { return clocks_; }
  AsyncProxy& units() { return units_; }
  // Ends the launch: unwinds this thread's stack, then every other one's.
  [[noreturn]] void fail(const std::string& what);
  // The same from a place that cannot be unwound: this thread's stack is abandoned.
  void note_failure(const std::string& what);
  [[noreturn]] void abandon();

  // Barrier `id` (0 .. 15) of `threads` (a multiple of 32): waits until so many have synced or arrived.
  void sync(int id, int threads);
  // The same without waiting.
  void arrive(int id, int threads);

  // An instruction that `lanes` of a warp execute together: the last one to come runs act(arguments of all 32 lanes, nullptr for
  // those not in `lanes`), then all go on.
  using Act = void (*)(Block&, void* const* arguments);
  void meet(const char* instruction, uint32_t lanes, void* argument, Act act);
  // As meet(), and what each lane did before is before what the others do after.
  void sync_warp(uint32_t lanes);

  // Waits until wake(): what the thread waits for, and its number (below 0: none), is named in the report of a deadlock.
  void wait(const char* what, int number = -1);
  void wake(int thread);

  // cp.async: `valid` bytes of `from`, then zeros up to `bytes`, go to `to` when wait_copies() says so, not before.
  void begin_copy(uint32_t to, const void* from, int bytes, int valid);
  void commit_copies();
  void wait_copies(size_t groups_left);
  // What this thread has begun to copy is waited for by nobody but those who wait for the mbarrier.
  void arrive_when_copied(uint32_t mbarrier);

 private:
  struct Copy {
    uint32_t to;
    const void* from;
    int bytes, valid;
  };
  struct Thread {
    Fiber* fiber = nullptr;
    bool started = false, exited = false;
    const char* waits_for = "";
    int waits_for_number = -1;
    std::vector<Copy> uncommitted;
    std::deque<std::vector<Copy>> groups;
  };
  struct Barrier {
    int expected = 0, arrived = 0;
    Known known;
    std::vector<int> waiting;
  };
  struct Meeting {
    const char* instruction;
    uint32_t lanes, here = 0;
    void* arguments[32] = {};
    Known known;
  };

  bool reach(int id, int threads, const char* what);  // true: the barrier is complete
  void finish(const Copy& copy);
  int next();
  bool deliver();  // brings a tensor copy home; false: none is under way
  void resume(int thread);
  void thread_main();
  std::string deadlock() const;

  std::string kernel_;
  Dim3 index_, grid_;
  Order order_;
  std::mt19937 random_;
  Clocks clocks_;
  SharedMemory shared_;
  AsyncProxy units_{*this};
  std::vector<Thread> threads_;
  std::vector<Barrier> barriers_{16};
  std::vector<std::vector<Meeting>> meetings_;  // [warps]
  std::deque<int> ready_;
  int running_ = -1;
  const std::function<void()>* body_ = nullptr;
  std::string failure_;
  bool stopping_ = false;
};

}  // namespace headscope::emulator
