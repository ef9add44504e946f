// Pictures of a map: pairs summed, or their largest taken, in a grid of cells.
#pragma once

#include "map_strips.h"

namespace headscope::cpu::HS_ISA {

// Where a picture goes, [height, width] each, host; nullptr: not wanted. mean: the sum over the cell's causal elements, 0 without any.
struct CellPlanes {
  float* max;
  float* sum;
  float* mean;
};

// Cells as backend.h's tile() has them. mask: may be nullptr; else only the pairs that it drops count.
hs_status map_cells(const hs_exec* exec, const HeadView& head, const MaskIndex* mask, const MapRect& rect, int64_t width, int64_t height, const CellPlanes& out);

}  // namespace headscope::cpu::HS_ISA
