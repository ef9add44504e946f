// Where a tensor of a checkpoint lies, and what it must be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../backend.h"
#include "mapped_file.h"

namespace headscope {

struct TensorLocation {
  std::string name;  // as the checkpoint calls it
  hs_dtype dtype = HS_F32;
  std::vector<int64_t> shape;
  int64_t file = 0;            // index into the list of files
  int64_t begin = 0, end = 0;  // absolute byte offsets in that file; begin may be unaligned
};

// The tensor as [out, in] (in = 1 for a vector) in the mapped file. Throws CHECKPOINT_INVALID, naming the tensor, unless its shape
// is `shape`, end - begin is the size of that many elements, and the range lies in the file.
hs_weights locate(const TensorLocation& tensor, const std::vector<int64_t>& shape, const std::vector<MappedFile>& files);

// The tensor's elements as float32, `count` = out * in of them.
void widen(const hs_weights& tensor, float* out);

}  // namespace headscope
