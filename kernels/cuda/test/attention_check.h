// A call of attention by either kernel against float64, under any masks, one a head.
#pragma once

#include <numeric>
#include <set>

#include "attention_input.h"
#include "kernels/common/tile_stream.h"
#include "kernels/cuda/attention.h"
#include "native/core/index_parts.h"

namespace headscope::cuda::testing {

using headscope::testing::reference_attention;
using headscope::testing::ReferenceHead;

inline constexpr double kOut = 4e-3, kLse = 2e-3;

struct Result {
  std::vector<float> out, lse, overview_sum, overview_max;  // the overviews empty where they were not asked for
  std::vector<int64_t> executed;
};

inline Result run(const AttentionInput& in, const MaskIndex* const* masks, bool every_order, bool overview = false, AttentionPath path = AttentionPath::mma) {
  const Placed placed(in);
  Result r;
  r.executed.assign(static_cast<size_t>(in.heads), -1);
  const int64_t outputs = in.rows * in.heads * in.head_dim, cells = overview ? in.heads * int64_t{65536} : 0;
  const auto work = [&] {
    const There<float> out(outputs), lse(in.heads * in.rows), sum(cells + 1), max(cells + 1);
    hs_attention call{};
    call.heads = placed.heads;
    call.masks = masks;
    if (overview) {
      call.overview_sum = sum.data();
      call.overview_max = max.data();
    }
    call.out = out.data();
    call.lse = lse.data();
    call.executed_tiles = r.executed.data();
    expect_ok(attention_on(path, nullptr, &call), "attention");
    std::vector<float> all = out.get();
    for (const There<float>* more : {&lse, &sum, &max}) {
      std::vector<float> values = more->get();
      if (more != &lse) values.pop_back();  // nobody's
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  const std::vector<float> all = every_order ? same_in_every_order(work) : work();
  r.out.assign(all.begin(), all.begin() + outputs);
  const auto of_lse = all.begin() + outputs, of_sum = of_lse + in.heads * in.rows;
  r.lse.assign(of_lse, of_sum);
  r.overview_sum.assign(of_sum, of_sum + cells);
  r.overview_max.assign(of_sum + cells, all.end());
  return r;
}

inline void expect_head(const AttentionInput& in, int32_t head, const Result& got, const ReferenceHead& want, const std::string& name) {
  const int64_t n = in.rows, d = in.head_dim;
  const auto report = [&](const std::string& what, double a, double b) {
    headscope::testing::fail(name.c_str(), static_cast<int>(n), headscope::testing::both(("head " + std::to_string(head) + ", " + what).c_str(), a, b));
  };
  double error = 0, norm = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < d; ++c) {
      const double g = got.out[static_cast<size_t>((i * in.heads + head) * d + c)], w = want.out[static_cast<size_t>(i * d + c)];
      error += (g - w) * (g - w);
      norm += w * w;
    }
    const double g = got.lse[static_cast<size_t>(head * n + i)], w = want.lse[static_cast<size_t>(i)];
    if (std::isinf(w) ? g != w : !(std::fabs(g - w) <= kLse)) report("lse of row " + std::to_string(i), g, w);
  }
  for (size_t c = 0; c < (got.overview_sum.empty() ? 0u : 65536u); ++c) {
    const double sum = got.overview_sum[static_cast<size_t>(head) * 65536 + c], max = got.overview_max[static_cast<size_t>(head) * 65536 + c];
    if (!(std::fabs(sum - want.overview_sum[c]) <= 1e-5 * (static_cast<double>(n) / 256 + 1))) report("overview sum of cell " + std::to_string(c), sum, want.overview_sum[c]);
    if (!(std::fabs(max - want.overview_max[c]) <= 1e-5)) report("overview maximum of cell " + std::to_string(c), max, want.overview_max[c]);
  }
  if (!(std::sqrt(error) <= kOut * std::sqrt(norm))) report("error of the output against its norm", std::sqrt(error), std::sqrt(norm));
}

// One mask a head, nullptr: dense.
inline void expect_masked(const AttentionInput& in, const std::vector<const Mask*>& masks, const std::string& name, bool every_order = false, bool overview = false,
                          AttentionPath path = AttentionPath::mma) {
  std::vector<const MaskIndex*> indices;
  for (const Mask* mask : masks) indices.push_back(mask ? &mask->index : nullptr);
  const Result got = run(in, indices.empty() ? nullptr : indices.data(), every_order, overview, path);
  for (int32_t h = 0; h < in.heads; ++h) {
    const MaskIndex* index = indices.empty() ? nullptr : indices[static_cast<size_t>(h)];
    expect_head(in, h, got, reference_attention(in, h, [&](int64_t i, int64_t j) { return !index || (row_mask(*index, i, j) & 1) != 0; }), name);
    HS_CHECK_EQ(got.executed[static_cast<size_t>(h)], index ? masks[static_cast<size_t>(h)]->executed_tiles() : headscope::dense_tiles_of(in.rows, in.window));
  }
}

inline std::vector<int32_t> random_set(std::mt19937& random, int64_t past, int64_t count, int32_t always = -1) {
  std::set<int32_t> s;
  if (always >= 0) s.insert(always);
  for (; count > 0; --count) s.insert(static_cast<int32_t>(random() % static_cast<uint32_t>(past)));
  return {s.begin(), s.end()};
}
inline std::vector<int32_t> first(int64_t count) {
  std::vector<int32_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}
inline std::vector<std::vector<int32_t>> random_blocks(std::mt19937& random, int64_t n, int64_t window, int32_t size, uint32_t one_in) {
  std::vector<std::vector<int32_t>> kept(static_cast<size_t>((n + size - 1) / size));
  for (size_t b = 0; b < kept.size(); ++b)
    for (int64_t k = headscope::first_block(window, size, static_cast<int64_t>(b)); k <= static_cast<int64_t>(b); ++k)
      if (random() % one_in == 0) kept[b].push_back(static_cast<int32_t>(k));
  return kept;
}

}  // namespace headscope::cuda::testing
