// While one lives, a load or store of a kernel that faults (past the end of an allocation) fails the launch like every other
// mistake. Where the processor is none that this knows, the process dies as it would have.
#pragma once

namespace headscope::emulator {

class FaultHandler {
 public:
  FaultHandler();
  ~FaultHandler();
  FaultHandler(const FaultHandler&) = delete;
  FaultHandler& operator=(const FaultHandler&) = delete;
};

}  // namespace headscope::emulator
