// Large float32 arrays in host memory whose pages are not touched before they are written.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string>

#include "error.h"

namespace headscope {

using HostFloats = std::unique_ptr<float[]>;

// Throws OUT_OF_MEMORY, naming what the array is for.
inline HostFloats host_floats(int64_t count, const char* purpose) {
  try {
    return std::make_unique_for_overwrite<float[]>(static_cast<size_t>(count));
  } catch (const std::bad_alloc&) {
    throw Error("OUT_OF_MEMORY", "There is no memory for " + std::string(purpose) + " (" + std::to_string(count * 4) + " bytes).");
  }
}

}  // namespace headscope
