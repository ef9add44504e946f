// What CUDA C++ gives a kernel without being asked, for a kernel compiled by a plain compiler.
#pragma once

#include "block.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

// Of the thread that runs now; Block sets them.
inline constinit thread_local headscope::emulator::Dim3 threadIdx{}, blockIdx{}, blockDim{}, gridDim{};
