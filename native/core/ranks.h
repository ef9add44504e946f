// In which order budgets take keys: what turns any budget into a mask by comparing two numbers a cell.
#pragma once

#include <cstdint>

#include "../backend.h"
#include "pattern.h"

namespace headscope {

struct RankRequest {
  int32_t head = 0;
  PatternKind kind = PatternKind::vertical_slash;  // or block_sparse
  int64_t last_queries = 64, forced_sinks = 30, forced_local = 100, block_size = 64;
};

// A block above the diagonal: no budget keeps it.
constexpr int32_t kNoRank = INT32_MAX;

// vertical_slash: first and second are [N], the places of every column and of every distance in their budget_order(): (i, j) is kept
// by (v, s), clamped, iff first[j] < v or second[i - j] < s. block_sparse: first is [B, B] with B = ceil(N / block_size), the place of
// block b in its row's order, kNoRank for b > a; second is not written. All host memory. Throws INVALID_REQUEST for the other
// kinds, PATTERN_INVALID, CANCELLED.
void compute_ranks(const headscope_backend_v1&, const hs_exec&, const hs_heads&, const RankRequest&, int32_t* first, int32_t* second);

}  // namespace headscope
