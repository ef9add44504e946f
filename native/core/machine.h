// What this machine offers the process.
#pragma once

#include <cstdint>

namespace headscope {

// Processors this process may use: its affinity mask, and not more than a container's CPU quota rounded up. At least 1.
int32_t hardware_threads();

// Bytes that can be taken without swapping: MemAvailable, and not more than what a container's memory limit leaves.
// 0 where the system does not say.
int64_t available_bytes();

}  // namespace headscope
