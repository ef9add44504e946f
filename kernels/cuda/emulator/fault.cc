#include "fault.h"

#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <vector>

#include "block.h"
#include "global_memory.h"

namespace headscope::emulator {
namespace {

thread_local int depth = 0;
thread_local uintptr_t fault_address = 0;
struct sigaction before;

[[noreturn]] void report() {
  Block& block = Block::current();
  block.note_failure("a load or store " + outside_allocations(reinterpret_cast<const void*>(fault_address), 1));
  block.abandon();
}

#if defined(__x86_64__)
// The handler cannot leave the fiber itself, because the kernel would keep the signal blocked: it returns into report().
void on_fault(int number, siginfo_t* info, void* raw) {
  if (depth == 0) {
    sigaction(number, &before, nullptr);  // not a kernel's: the instruction runs again and dies as it would have
    return;
  }
  fault_address = reinterpret_cast<uintptr_t>(info->si_addr);
  greg_t* registers = static_cast<ucontext_t*>(raw)->uc_mcontext.gregs;
  registers[REG_RSP] = ((registers[REG_RSP] - 512) & ~greg_t{15}) - 8;  // below the red zone, aligned as after a call
  registers[REG_RIP] = reinterpret_cast<greg_t>(&report);
}
constexpr bool kKnown = true;
#else
void on_fault(int, siginfo_t*, void*) {}
constexpr bool kKnown = false;
#endif

}  // namespace

FaultHandler::FaultHandler() {
  if (!kKnown || depth++) return;
  // On the fiber's own stack there may be no room: an overflow faults too.
  static thread_local std::vector<char> room(64 * 1024);
  stack_t stack{};
  stack.ss_sp = room.data();
  stack.ss_size = room.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &before);
}

FaultHandler::~FaultHandler() {
  if (!kKnown || --depth) return;
  sigaction(SIGSEGV, &before, nullptr);
}

}  // namespace headscope::emulator
