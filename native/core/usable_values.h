// Numbers that attention can work with, checked where they are made: the kernels' exp and max would turn a NaN into figures that
// look like any others.
#pragma once

#include <cstdint>
#include <string>

#include "../backend.h"

namespace headscope {

// Dot products of 256 elements below this stay within float32.
inline constexpr float kLargestUsable = 1e18f;

// values: `count` floats in the backend's memory. Throws CHECKPOINT_INVALID, naming `what`, for NaN, infinity and larger magnitudes.
void check_usable(const headscope_backend_v1& backend, const hs_exec& exec, const float* values, int64_t count, const std::string& what);

}  // namespace headscope
