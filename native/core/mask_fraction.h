// The picture of a mask: how much of each cell it keeps.
#pragma once

#include <cstdint>

#include "../../kernels/common/mask_index.h"
#include "../backend.h"
#include "layer.h"

namespace headscope {

// out [height, width], host: of the elements (i, j) of a cell that the model attends to (j <= i, and in its window), the fraction that the mask keeps; NaN where the
// cell has none. Cell (y, x) covers rows [q0 + y R / height, q0 + (y + 1) R / height) with R = q1 - q0, the keys likewise; a cell
// narrower than one element takes the element that holds its start. The rectangle lies in [0, N)^2. Rows are read 64 keys at a
// time; nothing of the rectangle's size is held. Returns early, `out` unfinished, when the job is cancelled.
void mask_fractions(const hs_exec& exec, const MaskIndex& mask, const Rect& rect, int64_t width, int64_t height, float* out);

}  // namespace headscope
