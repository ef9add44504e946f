// Runs one attention call of a backend and holds everything it returns against float64.
#pragma once

#include <string>

#include "attention_reference.h"
#include "check.h"
#include "threads.h"

namespace headscope::testing {

struct AttentionResult {
  hs_status status;
  GuardedArray out, lse, overview_sum, overview_max;
  std::vector<int64_t> executed;
};

inline AttentionResult run_attention(const headscope_backend_v1& backend, const AttentionInput& in, const MaskIndex* const* masks,
                                     int32_t workers, bool overview = true, const int32_t* cancel = nullptr) {
  const int64_t cells = overview ? in.heads * int64_t{65536} : 0;
  AttentionResult r{HS_OK, GuardedArray(in.rows * in.heads * in.head_dim), GuardedArray(in.heads * in.rows), GuardedArray(cells),
                    GuardedArray(cells), std::vector<int64_t>(in.heads, -1)};
  hs_attention call{};
  call.heads = in.view();
  call.masks = masks;
  call.out = r.out.data();
  call.lse = r.lse.data();
  if (overview) {
    call.overview_sum = r.overview_sum.data();
    call.overview_max = r.overview_max.data();
  }
  call.executed_tiles = r.executed.data();
  r.status = backend.attention(Threads(workers, cancel).exec(), &call);
  return r;
}

struct AttentionBounds {
  double out = 5e-6;      // of ||out - reference|| / ||reference||
  double lse = 2e-6;      // times 1 + |lse|
  double overview = 1e-5;  // of a cell's sum over its rows, and of its maximum relative to 1
};

inline void expect_attention(const AttentionInput& in, int32_t head, const AttentionResult& got, const ReferenceHead& want, const std::string& name,
                             AttentionBounds bounds = {}) {
  const int64_t n = in.rows, d = in.head_dim;
  const auto report = [&](const std::string& what, double a, double b) {
    fail(name.c_str(), static_cast<int>(n), both(what.c_str(), a, b));
  };
  if (got.status != HS_OK) return fail(name.c_str(), static_cast<int>(n), "the call failed");
  double error = 0, norm = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < d; ++c) {
      const double g = got.out[(i * in.heads + head) * d + c], w = want.out[i * d + c];
      error += (g - w) * (g - w);
      norm += w * w;
    }
    const double g = got.lse[head * n + i], w = want.lse[i];
    if (std::isinf(w) ? g != w : !(std::fabs(g - w) <= bounds.lse * (1 + std::fabs(w)))) report("lse of row " + std::to_string(i), g, w);
  }
  if (!(std::sqrt(error) <= bounds.out * std::sqrt(norm))) report("error of the output against its norm", std::sqrt(error), std::sqrt(norm));
  if (got.overview_sum.size()) {
    const double rows = static_cast<double>(n) / 256 + 1;
    for (int64_t c = 0; c < 65536; ++c) {
      const double s = got.overview_sum[head * 65536 + c], x = got.overview_max[head * 65536 + c];
      if (!(std::fabs(s - want.overview_sum[c]) <= bounds.overview * rows)) report("overview sum of cell " + std::to_string(c), s, want.overview_sum[c]);
      if (!(std::fabs(x - want.overview_max[c]) <= bounds.overview)) report("overview maximum of cell " + std::to_string(c), x, want.overview_max[c]);
    }
    if (!got.overview_sum.guards_intact() || !got.overview_max.guards_intact()) report("overview guards", 0, 1);
  }
  if (!got.out.guards_intact() || !got.lse.guards_intact()) report("output guards", 0, 1);
}

}  // namespace headscope::testing
