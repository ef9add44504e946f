// A stack of its own that can be left and entered again: what one CUDA thread runs on. Fibers belong to the OS thread that made them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace headscope::emulator {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  Fiber();  // maps a stack behind a guard page; throws std::bad_alloc
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Forgets what ran here; the next resume() calls entry(argument), which must leave by suspend() and never return.
  void start(Entry entry, void* argument);
  // Runs the fiber until it suspends. Called from the OS thread's own stack, never from a fiber.
  void resume();
  // Back to whoever resumed this fiber; called on it.
  void suspend();
  // suspend() for the last time: what is on the stack is abandoned.
  [[noreturn]] void leave();

 private:
  struct Switch;
  void enter_first();
  static void begin(void* fiber);

  std::byte* mapping_ = nullptr;
  std::byte* stack_ = nullptr;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  std::unique_ptr<Switch> switch_;
};

}  // namespace headscope::emulator
