#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define HS_ASAN 1
#else
#define HS_ASAN 0
#endif

#if defined(__x86_64__)
#define HS_OWN_SWITCH 1
#else
#define HS_OWN_SWITCH 0
#include <ucontext.h>
#endif

namespace headscope::emulator {
namespace {

// Kernels keep their register arrays here; AddressSanitizer's frames are several times as large.
constexpr size_t kStackBytes = HS_ASAN ? 512 * 1024 : 128 * 1024;

size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

#if HS_OWN_SWITCH
// Saves what a call preserves and the stack pointer to *from, then goes on where `to` was saved. swapcontext() would make a
// system call for the signal mask each time; one warp-wide instruction is 32 switches.
extern "C" void headscope_fiber_switch(void** from, void* to);
asm(R"(
.text
.globl headscope_fiber_switch
.hidden headscope_fiber_switch
.type headscope_fiber_switch, @function
headscope_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size headscope_fiber_switch, .-headscope_fiber_switch
)");
#endif

struct Fiber::Switch {
#if HS_OWN_SWITCH
  void* inside = nullptr;
  void* outside = nullptr;
#else
  ucontext_t inside, outside;
#endif
  void* fake_inside = nullptr;
  void* fake_outside = nullptr;
  const void* outside_bottom = nullptr;
  size_t outside_size = 0;
};

Fiber::Fiber() : switch_(std::make_unique<Switch>()) {
  void* all = mmap(nullptr, kStackBytes + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte*>(all);
  stack_ = mapping_ + page();
  mprotect(mapping_, page(), PROT_NONE);
}

Fiber::~Fiber() {
#if HS_ASAN
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStackBytes);
#endif
  munmap(mapping_, kStackBytes + page());
}

void Fiber::begin(void* self) { static_cast<Fiber*>(self)->enter_first(); }

void Fiber::enter_first() {
#if HS_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &switch_->outside_bottom, &switch_->outside_size);
#endif
  entry_(argument_);
  __builtin_trap();  // entries leave()
}

#if HS_OWN_SWITCH
// The first resume "returns" here, with the fiber where the switch pops rbx.
extern "C" void headscope_fiber_begin();
asm(R"(
.text
.globl headscope_fiber_begin
.hidden headscope_fiber_begin
.type headscope_fiber_begin, @function
headscope_fiber_begin:
  movq %rbx, %rdi
  call *%r12
  ud2
.size headscope_fiber_begin, .-headscope_fiber_begin
)");
#endif

void Fiber::start(Entry entry, void* argument) {
  entry_ = entry;
  argument_ = argument;
#if HS_ASAN
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStackBytes);
#endif
#if HS_OWN_SWITCH
  auto* top = reinterpret_cast<uint64_t*>(stack_ + kStackBytes);
  *--top = 0;                                                       // two words: the stack is aligned as before a call
  *--top = 0;
  *--top = reinterpret_cast<uint64_t>(&headscope_fiber_begin);      // where the switch returns to
  *--top = 0;                                                       // rbp
  *--top = reinterpret_cast<uint64_t>(this);                        // rbx
  *--top = reinterpret_cast<uint64_t>(&Fiber::begin);               // r12
  for (int i = 0; i < 3; ++i) *--top = 0;                           // r13, r14, r15
  switch_->inside = top;
#else
  getcontext(&switch_->inside);
  switch_->inside.uc_stack.ss_sp = stack_;
  switch_->inside.uc_stack.ss_size = kStackBytes;
  switch_->inside.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&switch_->inside, reinterpret_cast<void (*)()>(+[](unsigned high, unsigned low) {
                begin(reinterpret_cast<void*>(static_cast<uintptr_t>(high) << 32 | low));
              }),
              2, static_cast<unsigned>(static_cast<uint64_t>(self) >> 32), static_cast<unsigned>(self));
#endif
}

void Fiber::resume() {
#if HS_ASAN
  __sanitizer_start_switch_fiber(&switch_->fake_outside, stack_, kStackBytes);
#endif
#if HS_OWN_SWITCH
  headscope_fiber_switch(&switch_->outside, switch_->inside);
#else
  swapcontext(&switch_->outside, &switch_->inside);
#endif
#if HS_ASAN
  __sanitizer_finish_switch_fiber(switch_->fake_outside, nullptr, nullptr);
#endif
}

void Fiber::suspend() {
#if HS_ASAN
  __sanitizer_start_switch_fiber(&switch_->fake_inside, switch_->outside_bottom, switch_->outside_size);
#endif
#if HS_OWN_SWITCH
  headscope_fiber_switch(&switch_->inside, switch_->outside);
#else
  swapcontext(&switch_->inside, &switch_->outside);
#endif
#if HS_ASAN
  __sanitizer_finish_switch_fiber(switch_->fake_inside, &switch_->outside_bottom, &switch_->outside_size);
#endif
}

void Fiber::leave() {
#if HS_ASAN
  __sanitizer_start_switch_fiber(nullptr, switch_->outside_bottom, switch_->outside_size);
#endif
#if HS_OWN_SWITCH
  headscope_fiber_switch(&switch_->inside, switch_->outside);
#else
  swapcontext(&switch_->inside, &switch_->outside);
#endif
  __builtin_unreachable();
}

}  // namespace headscope::emulator
