// The recall surface of one head: kept mass, kept cells and executed tiles of every budget at once (docs/architecture.md 5).
#pragma once

#include <cstdint>
#include <vector>

#include "../backend.h"
#include "pattern.h"

namespace headscope {

struct SurfaceRequest {
  int32_t head = 0;
  PatternKind kind = PatternKind::vertical_slash;
  std::vector<int32_t> edges0, edges1;  // ascending budgets: verticals and slashes, sink and window, blocks and nothing
  int64_t last_queries = 64, forced_sinks = 30, forced_local = 100, block_size = 64;
  std::vector<int64_t> band_start;  // ascending, from 0 to rows
};

struct Surface {
  std::vector<double> band_mass;       // [bands, edges0, edges1 or 1] kept mass summed over the band's rows
  std::vector<double> nominal_cells;   // [edges0, edges1 or 1]
  std::vector<double> executed_tiles;  // [edges0, edges1 or 1]
  double causal_cells = 0, causal_tiles = 0;  // of dense attention, within the window
  double elapsed_ms = 0;
};

// lse: [N] of the head, dense. At every edge the result equals what build_mask() and masked attention give for that budget.
Surface compute_surface(const headscope_backend_v1&, const hs_exec&, const hs_heads&, const float* lse, const SurfaceRequest&);

}  // namespace headscope
