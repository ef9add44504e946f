// Whether the kernels for Hopper compute on this device what their mma.sync twins compute.
#pragma once

#include <cstdint>
#include <vector>

namespace headscope::cuda {

// Of HopperPart (paths.h): those that agree on small problems of every size and kind of mask they are for, twice to the bit. A kernel that hangs does not come
// back, one that faults ends the device for the process: call it where that may happen. About half a second.
uint32_t agreeing_hopper_parts();

// The same found out by a child process within `seconds`, so that it may hang or fault; 0 where it did, and where the device is not sm_90. Before this process
// has spoken to the driver: a fork may not share that.
uint32_t agreeing_hopper_parts_of_child(unsigned seconds);

// |one - other| is at most `share` of |other|, both finite throughout (minus infinities in the same places).
bool agree(const std::vector<float>& one, const std::vector<float>& other, double share);

}  // namespace headscope::cuda
