// Work memory of the calling thread, kept between calls so that a kernel does not pay for fresh pages every time.
#pragma once

#include <cstdint>

namespace headscope::cpu {

// At least `count` floats, 64-byte aligned, with whatever the last user left in them; nullptr where memory is out. Each thread
// has one buffer, which the next call on that thread may move, and which goes when the thread ends.
float* scratch(int64_t count);

}  // namespace headscope::cpu
