// From a pattern and an input to the mask: the online estimate, the budget's order, the index.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../../kernels/common/mask_index.h"
#include "../backend.h"
#include "pattern.h"

namespace headscope {

// order[k] is the index that the k-th unit of budget takes: 0 .. forced - 1 first, then by descending score, ties (and NaN) by
// ascending index. The top-b of any budget b is its prefix, which is what makes budgets nested.
std::vector<int32_t> budget_order(const float* score, int64_t n, int64_t forced);

// The mask of one head, owning the arrays of its index.
class Mask {
 public:
  virtual ~Mask() = default;
  MaskIndex index;
  Pattern effective;                 // budgets after clamping
  std::vector<int32_t> tiles;        // 64x64 tiles executed by each 64-row tile
  int64_t nominal_cells = 0;         // kept (i, j) of those that the model attends to
  int64_t bytes = 0;                 // of the index's arrays
  double estimate_ms = 0, index_ms = 0;
  int64_t causal_cells() const;      // (i, j) that the model attends to: rows (rows + 1) / 2, fewer with a window
  int64_t executed_tiles() const;
  int64_t causal_tiles() const;      // of dense attention: R (R + 1) / 2 with R = ceil(rows / 64), fewer with a window
};

// compat: MInference's converted lists for vertical_slash (csrc/vertical_slash_index.cu); the other kinds ignore it.
std::unique_ptr<Mask> build_mask(const headscope_backend_v1&, const hs_exec&, const hs_heads&, int32_t head, const Pattern&, bool compat);

// The masks of a layer's heads, patterns[h] for head h; a dense pattern's is null. Where the backend chooses columns and distances itself, all heads are estimated
// in one call and their indices are made side by side; else it is build_mask() head by head. Throws CANCELLED.
std::vector<std::unique_ptr<Mask>> build_masks(const headscope_backend_v1&, const hs_exec&, const hs_heads&, const std::vector<Pattern>& patterns, bool compat);

}  // namespace headscope
