// The masks of a layer's heads with their arrays on the device.
#pragma once

#include <vector>

#include "device_array.h"

namespace headscope::cuda {

class DeviceMasks {
 public:
  // masks: host, [heads], or nullptr: dense; so is a nullptr among them. Only what attention reads is copied: all but `distances`.
  hs_status place(const MaskIndex* const* masks, int32_t heads, int64_t rows, int64_t window);
  // [heads], on the device.
  const MaskIndex* data() const { return indices_.data(); }

 private:
  DeviceArray<unsigned char> arrays_;
  DeviceArray<MaskIndex> indices_;
};

// About how many 64x64 tiles a head multiplies; for the order in which heads are begun.
int64_t expected_tiles(const MaskIndex* mask, int64_t rows, int64_t window);

}  // namespace headscope::cuda
