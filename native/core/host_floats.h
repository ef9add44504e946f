// Large float32 arrays of the host whose pages are not touched before they are written: in memory, or in a file that nobody else sees.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace headscope {

struct FreeHostFloats {
  int64_t mapped_bytes = 0;  // 0: memory of the process
  void operator()(float* array) const;
};
using HostFloats = std::unique_ptr<float[], FreeHostFloats>;

// Throws OUT_OF_MEMORY, naming what the array is for.
HostFloats host_floats(int64_t count, const char* purpose);

// Backed by a file without a name in `folder` (which is made), so that the system can write the pages out and read them again, and
// nothing is left when the process ends, however it ends. The room on the disk is taken at once.
// Throws FILE_WRITE_FAILED, naming what the array is for and the folder.
HostFloats file_floats(int64_t count, const std::string& folder, const char* purpose);

// Takes the written pages of an array of file_floats() out of the process's memory; they come back from the file where they are read.
// Does nothing to an array in memory.
void release_pages(const HostFloats& array);

}  // namespace headscope
