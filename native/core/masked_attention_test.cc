// Attention under masks of every kind, on every instruction set, against float64 over the mask's set of cells.
#include <numeric>
#include <set>

#include "../../kernels/check/attention_case.h"
#include "../../kernels/cpu/backend.h"
#include "mask_check.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

void expect_masked(const AttentionInput& in, const Mask& mask, const std::string& name) {
  const ReferenceHead want = reference_attention(in, 0, [&](int64_t i, int64_t j) { return (row_mask(mask.index, i, j) & 1) != 0; });
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const MaskIndex* index = &mask.index;
    const AttentionResult got = run_attention(*cpu::backend_for(*isa), in, &index, 2);
    expect_attention(in, 0, got, want, std::string(*isa) + ", " + name);
    HS_CHECK_EQ(got.executed[0], mask.executed_tiles());
  }
}

std::vector<int32_t> random_set(std::mt19937& random, int64_t n, int64_t count, int32_t always = -1) {
  std::set<int32_t> s;
  if (always >= 0) s.insert(always);
  for (; count > 0; --count) s.insert(static_cast<int32_t>(random() % n));
  return {s.begin(), s.end()};
}

}  // namespace

HS_TEST("columns and distances") {
  std::mt19937 random(1);
  for (const int64_t n : {1, 2, 63, 64, 65, 129, 257, 1000})
    for (const int32_t d : {32, 80}) {
      const AttentionInput in(1, 1, d, n, static_cast<uint32_t>(n + d), 2);
      expect_masked(in, *diagonals_mask(n, 0, {}, {0}), "distance 0");
      expect_masked(in, *diagonals_mask(n, 0, {0}, {0}), "column 0, distance 0");
      expect_masked(in, *diagonals_mask(n, 0, random_set(random, n, n / 8), random_set(random, n, n / 100, 0)), "columns, few distances");
      expect_masked(in, *diagonals_mask(n, 0, random_set(random, n, 3), random_set(random, n, n / 5, 0)), "many distances");
      std::vector<int32_t> all(n);
      std::iota(all.begin(), all.end(), 0);
      expect_masked(in, *diagonals_mask(n, 0, {}, all), "every distance");
      expect_masked(in, *diagonals_mask(n, 0, all, {0}), "every column");
    }
}

HS_TEST("blocks, also rows without any") {
  std::mt19937 random(2);
  for (const int64_t n : {20, 64, 200, 1000})
    for (const int32_t size : {16, 32, 64, 256}) {
      const AttentionInput in(1, 1, 64, n, static_cast<uint32_t>(n + size));
      std::vector<std::vector<int32_t>> none((n + size - 1) / size), some = none;
      for (size_t b = 0; b < some.size(); ++b)
        for (size_t k = 0; k <= b; ++k)
          if (random() % 3 == 0) some[b].push_back(static_cast<int32_t>(k));
      expect_masked(in, *blocks_mask(n, 0, size, none), "no blocks");
      expect_masked(in, *blocks_mask(n, 0, size, some), "some blocks of " + std::to_string(size));
    }
}

HS_TEST("MInference's lists") {
  std::mt19937 random(3);
  for (const int64_t n : {64, 130, 1000}) {
    const AttentionInput in(1, 1, 64, n, static_cast<uint32_t>(n));
    for (int round = 0; round < 3; ++round)
      expect_masked(in, *compat_mask(n, 0, random_set(random, n, n / 10), random_set(random, n, n / (50 << round) + 1, 0)), "compat");
  }
}

HS_TEST("a mask of its own for each head, and dense ones between") {
  const int64_t n = 300;
  const AttentionInput in(4, 2, 64, n, 4);
  const auto narrow = diagonals_mask(n, 0, {0, 1, 2}, {0, 1, 2, 3}), dense = dense_mask(n, 0);
  const auto blocks = blocks_mask(n, 0, 64, {{0}, {0, 1}, {2}, {0, 3}, {4}});
  const MaskIndex* masks[4] = {&narrow->index, nullptr, &dense->index, &blocks->index};
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const AttentionResult got = run_attention(*cpu::backend_for(*isa), in, masks, 3);
    for (int32_t h = 0; h < 4; ++h) {
      const auto keep = [&](int64_t i, int64_t j) { return !masks[h] || (row_mask(*masks[h], i, j) & 1); };
      expect_attention(in, h, got, reference_attention(in, h, keep), std::string(*isa) + ", head " + std::to_string(h));
    }
  }
}

HS_TEST("a model's window and soft cap, under every kind of mask") {
  std::mt19937 random(7);
  for (const int64_t n : {1, 64, 65, 300, 700})
    for (const int64_t window : {1, 63, 100, 350}) {
      AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n + window), 4);
      in.window = window;
      in.cap = window % 2 ? 3.0f : 0.0f;
      const std::string name = "window " + std::to_string(window);
      expect_masked(in, *dense_mask(n, window), "dense, " + name);
      const int64_t reach = std::min(n, window);
      const auto columns = random_set(random, n, n / 6), distances = random_set(random, reach, reach / 8, 0);
      expect_masked(in, *diagonals_mask(n, window, columns, distances), "diagonals, " + name);
      expect_masked(in, *compat_mask(n, window, columns, distances), "compat, " + name);
      for (const int32_t size : {16, 128}) {
        std::vector<std::vector<int32_t>> some((n + size - 1) / size);
        for (size_t b = 0; b < some.size(); ++b)
          for (int64_t k = first_block(window, size, static_cast<int64_t>(b)); k <= static_cast<int64_t>(b); ++k)
            if (random() % 3) some[b].push_back(static_cast<int32_t>(k));
        expect_masked(in, *blocks_mask(n, window, size, some), "blocks, " + name);
      }
      const MaskIndex* none = nullptr;
      const AttentionResult whole = run_attention(*cpu::backend(), in, &none, 2);
      expect_attention(in, 0, whole, reference_attention(in, 0, keep_all), "no mask, " + name);
      HS_CHECK_EQ(whole.executed[0], dense_mask(n, window)->executed_tiles());
    }
}

HS_TEST("a mask of another window is refused") {
  AttentionInput in(1, 1, 32, 200, 1);
  in.window = 50;
  const auto mask = dense_mask(200, 51);
  const MaskIndex* index = &mask->index;
  HS_CHECK_EQ(run_attention(*cpu::backend(), in, &index, 1).status, HS_INVALID);
}

HS_TEST("recall from the two log-sum-exps") {
  const int64_t n = 800;
  const AttentionInput in(1, 1, 64, n, 5, 3);
  std::mt19937 random(6);
  const auto mask = diagonals_mask(n, 0, random_set(random, n, 40), random_set(random, n, 30, 0));
  const MaskIndex* index = &mask->index;
  const AttentionResult dense = run_attention(*cpu::backend(), in, nullptr, 2, false), sparse = run_attention(*cpu::backend(), in, &index, 2, false);
  const ReferenceHead want = reference_attention(in, 0, keep_all);
  for (int64_t i = 0; i < n; ++i) {
    double kept = 0;
    for (int64_t j = 0; j <= i; ++j)
      if (row_mask(*index, i, j) & 1) kept += std::exp(in.score(0, i, j) - want.lse[i]);
    HS_CHECK_NEAR(std::exp(sparse.lse[i] - dense.lse[i]), kept, 1e-5);
  }
}
