// Attention against float64 on inputs rounded to bfloat16, under masks of every kind: within the gates of bfloat16 kernels (outputs
// 4e-3 of their norm, log-sum-exp 2e-3), and equal bits in every order of threads.
#include "attention_check.h"

using headscope::blocks_mask;
using headscope::compat_mask;
using headscope::diagonals_mask;
using headscope::MaskIndex;
using headscope::row_mask;
using headscope::cuda::backend;
using namespace headscope::cuda::testing;

HS_TEST("dense attention at row counts around the tile's edges") {
  for (const int64_t n : {1, 2, 63, 64, 65, 127, 129, 191, 255, 257})
    expect_masked(rounded(AttentionInput(1, 1, 32, n, static_cast<uint32_t>(n))), {}, "dense", n == 129);
}

HS_TEST("every kernel, and heads between their sizes") {
  for (const int32_t d : {8, 24, 32, 40, 64, 72, 80, 96, 112, 128, 136, 256})
    expect_masked(rounded(AttentionInput(1, 1, d, 150, static_cast<uint32_t>(d))), {}, "d " + std::to_string(d), d == 256 || d == 128);
}

HS_TEST("query heads share key-value heads") {
  expect_masked(rounded(AttentionInput(4, 1, 32, 130, 1)), {}, "4 heads over 1");
  expect_masked(rounded(AttentionInput(6, 3, 32, 70, 2)), {}, "6 heads over 3");
}

HS_TEST("windows, caps and scales of either sign") {
  for (const int64_t window : {1, 40, 64, 65, 130}) {
    AttentionInput in(1, 1, 32, 257, static_cast<uint32_t>(window));
    in.window = window;
    expect_masked(rounded(in), {}, "window " + std::to_string(window));
  }
  for (const float cap : {1.0f, 30.0f})
    for (const float scale : {-0.3f, 0.0f, 2.0f}) {
      AttentionInput in(1, 1, 32, 129, 3);
      in.cap = cap;
      in.scale = scale;
      expect_masked(rounded(in), {}, "cap");
      in.cap = 0;
      expect_masked(rounded(in), {}, "scale");
    }
}

HS_TEST("large logits, constant queries and one huge key") {
  for (const float logits : {10.0f, 100.0f}) expect_masked(rounded(AttentionInput(1, 1, 64, 200, 4, logits)), {}, "large logits");
  AttentionInput in(1, 1, 32, 150, 6);
  for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = 0;
  expect_masked(rounded(in), {}, "uniform rows");
  for (const int64_t at : {0, 63, 64, 149}) {
    AttentionInput huge(1, 1, 32, 150, static_cast<uint32_t>(7 + at));
    for (int32_t c = 0; c < 32; ++c) huge.k[at * 32 + c] *= 100;
    expect_masked(rounded(huge), {}, "huge key");
  }
}

HS_TEST("scores past the range of float give no NaN") {
  AttentionInput in(1, 1, 64, 130, 8);
  for (int32_t c = 0; c < 64; ++c) in.k[70 * 64 + c] = in.q[c] > 0 ? 3e38f : -3e38f;
  for (int64_t i = 1; i < 130; ++i)  // +infinity on even rows, -infinity on odd ones
    for (int32_t c = 0; c < 64; ++c) in.q[i * 64 + c] = i % 2 ? -in.q[c] : in.q[c];
  round_all(in.v);
  const Result got = run(in, nullptr, false);
  for (const float x : got.out) HS_CHECK(std::isfinite(x));
  for (int64_t i = 70; i < 130; i += 2)
    for (int32_t c = 0; c < 64; ++c) HS_CHECK_NEAR(got.out[static_cast<size_t>(i * 64 + c)], in.v[70 * 64 + c], kOut * std::fabs(in.v[70 * 64 + c]));
}

HS_TEST("scores far beyond every exponent") {
  for (const float size : {1e5f, 1e9f, 1e15f}) {
    AttentionInput in(1, 1, 32, 70, 9);
    for (int64_t i = 0; i < in.k.size(); ++i) in.k[i] = i % 32 ? 0 : i < 32 ? size : 0;  // key 0 towers over the rest, or lies below it
    for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = i / 32 % 2 ? -1 : 1;
    in = rounded(in);
    const Result got = run(in, nullptr, false);
    const ReferenceHead want = reference_attention(in, 0, headscope::testing::keep_all);
    for (size_t i = 32; i < got.out.size(); ++i) HS_CHECK_NEAR(got.out[i], want.out[i], 1e-2);
  }
}

HS_TEST("columns and distances") {
  std::mt19937 random(1);
  for (const int64_t n : {1, 2, 63, 65, 129, 257, 500})
    for (const int64_t window : {0, 100}) {
      AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n), 2);
      in.window = window;
      in = rounded(in);
      const int64_t reach = window > 0 ? std::min(n, window) : n;
      const auto expect = [&](std::vector<int32_t> columns, std::vector<int32_t> distances, const char* name) {
        const auto mask = diagonals_mask(n, window, std::move(columns), std::move(distances));
        expect_masked(in, {mask.get()}, std::string(name) + ", window " + std::to_string(window));
      };
      expect({}, {0}, "distance 0");
      expect({0}, {0}, "column 0, distance 0");
      expect(random_set(random, n, n / 4), random_set(random, reach, n / 100, 0), "columns, few distances");
      expect(random_set(random, n, 3), random_set(random, reach, n / 5, 0), "many distances");
      expect(first(std::min<int64_t>(n, 30)), first(std::min<int64_t>(reach, 70)), "A-shape");
      expect({}, first(reach), "every distance");
      expect(first(n), {0}, "every column");
    }
}

HS_TEST("more columns than a tile gathers, found over many looks") {
  std::mt19937 random(2);
  const int64_t n = 1000;
  const AttentionInput in = rounded(AttentionInput(1, 1, 32, n, 20));
  for (const int64_t count : {60, 64, 65, 150, 300}) {
    const auto mask = diagonals_mask(n, 0, random_set(random, 700, count), random_set(random, n, 4, 0));
    expect_masked(in, {mask.get()}, "columns", count == 150);
  }
}

HS_TEST("blocks, also rows without any") {
  std::mt19937 random(3);
  for (const int64_t n : {20, 64, 200, 400})
    for (const int64_t window : {0, 90})
      for (const int32_t size : {16, 32, 64, 128}) {
        AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n + size));
        in.window = window;
        in = rounded(in);
        for (const uint32_t one_in : {1u, 3u, 1000000u}) {
          const auto mask = blocks_mask(n, window, size, random_blocks(random, n, window, size, one_in));
          expect_masked(in, {mask.get()}, "blocks of " + std::to_string(size), n == 200 && one_in == 3);
        }
      }
}

HS_TEST("MInference's lists") {
  std::mt19937 random(4);
  for (const int64_t n : {64, 130, 500})
    for (const int64_t window : {0, 150}) {
      AttentionInput in(1, 1, 32, n, static_cast<uint32_t>(n));
      in.window = window;
      in = rounded(in);
      for (int round = 0; round < 3; ++round) {
        const auto mask = compat_mask(n, window, random_set(random, n, n / 10), random_set(random, window > 0 ? std::min(n, window) : n, n / (50 << round) + 1, 0));
        expect_masked(in, {mask.get()}, "compat");
      }
    }
}

HS_TEST("heads of different patterns in one launch") {
  std::mt19937 random(5);
  const int64_t n = 330;
  const AttentionInput in = rounded(AttentionInput(6, 2, 64, n, 30));
  const auto slashes = diagonals_mask(n, 0, random_set(random, n, 40), random_set(random, n, 12, 0));
  const auto a_shape = diagonals_mask(n, 0, first(10), first(65));
  const auto blocks = blocks_mask(n, 0, 32, random_blocks(random, n, 0, 32, 4));
  const auto compat = compat_mask(n, 0, random_set(random, n, 20), random_set(random, n, 3, 0));
  expect_masked(in, {blocks.get(), nullptr, slashes.get(), compat.get(), slashes.get(), a_shape.get()}, "mixed", true);
}

HS_TEST("the overviews of dense heads, at every kind of bin") {
  for (const int64_t n : {1, 63, 65, 255, 256, 300, 1000}) expect_masked(rounded(AttentionInput(1, 1, 32, n, static_cast<uint32_t>(n))), {}, "overview", n == 300, true);
  AttentionInput capped(2, 1, 40, 200, 9);
  capped.cap = 3;
  capped.window = 70;
  expect_masked(rounded(capped), {}, "overview with a window and a cap", false, true);
  expect_masked(rounded(AttentionInput(1, 1, 256, 100, 10)), {}, "overview of a large head", false, true);
}

HS_TEST("the overviews of masked heads count what the masks keep") {
  std::mt19937 random(6);
  const int64_t n = 700;
  const AttentionInput in = rounded(AttentionInput(4, 2, 32, n, 31));
  const auto slashes = diagonals_mask(n, 0, random_set(random, n, 80), random_set(random, n, 6, 0));
  const auto blocks = blocks_mask(n, 0, 32, random_blocks(random, n, 0, 32, 6));
  const auto compat = compat_mask(n, 0, random_set(random, n, 30), random_set(random, n, 3, 0));
  expect_masked(in, {blocks.get(), nullptr, slashes.get(), compat.get()}, "masked overview", true, true);
}

HS_TEST("an overview of so many rows that most tiles lie in one cell") {
  const int64_t n = 16900;  // row bins of 66 or 67 rows
  const AttentionInput in = rounded(AttentionInput(1, 1, 8, n, 32));
  const auto mask = diagonals_mask(n, 0, {3, 700, 8000}, first(200));
  const MaskIndex* index = &mask->index;
  const Result got = run(in, &index, false, true);
  for (const int64_t a : {0, 1, 77, 128, 255}) {
    std::vector<double> sum(256, 0), max(256, 0);
    for (int64_t i = a * n / 256; i < (a + 1) * n / 256; ++i)
      for (int64_t b = 0; b < 256; ++b)
        for (int64_t j = b * n / 256; j < (b + 1) * n / 256 && j <= i; ++j) {
          if (!(row_mask(*index, i, j) & 1)) continue;
          const double p = std::exp(in.score(0, i, j) - static_cast<double>(got.lse[static_cast<size_t>(i)]));
          sum[static_cast<size_t>(b)] += p;
          max[static_cast<size_t>(b)] = std::max(max[static_cast<size_t>(b)], p);
        }
    for (int64_t b = 0; b < 256; ++b) {
      HS_CHECK_NEAR(got.overview_sum[static_cast<size_t>(a * 256 + b)], sum[static_cast<size_t>(b)], 1e-5 * (1 + sum[static_cast<size_t>(b)]));
      HS_CHECK_NEAR(got.overview_max[static_cast<size_t>(a * 256 + b)], max[static_cast<size_t>(b)], 1e-5);
    }
  }
}

HS_TEST("the log-sum-exp alone is that of the whole call, and reads no values") {
  for (const int32_t d : {32, 256}) {
    const AttentionInput in = rounded(AttentionInput(2, 1, d, 200, 21));
    const Result whole = run(in, nullptr, false);
    const Placed placed(in);
    const There<float> lse(in.heads * in.rows);
    hs_attention call{};
    call.heads = placed.heads;
    call.heads.v = nullptr;
    call.lse = lse.data();
    expect_ok(backend()->attention(nullptr, &call), "attention");
    HS_CHECK(lse.get() == whole.lse);
    call.lse = nullptr;
    HS_CHECK_EQ(backend()->attention(nullptr, &call), HS_INVALID);
  }
}

HS_TEST("attention hears a cancel, and refuses what it cannot do") {
  const AttentionInput in(1, 1, 32, 10, 1);
  const Placed placed(in);
  const There<float> out(320);
  hs_attention call{};
  call.heads = placed.heads;
  call.out = out.data();
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(backend()->attention(&exec, &call), HS_CANCELLED);
  for (const int32_t d : {4, 12, 264}) {
    call.heads.head_dim = d;
    HS_CHECK_EQ(backend()->attention(nullptr, &call), HS_INVALID);
  }
  call.heads = placed.heads;
  call.heads.heads = 3;
  call.heads.kv_heads = 2;
  HS_CHECK_EQ(backend()->attention(nullptr, &call), HS_INVALID);
  call.heads = placed.heads;
  const auto mask = diagonals_mask(9, 0, {}, {0});
  const MaskIndex* index = &mask->index;
  call.masks = &index;
  HS_CHECK_EQ(backend()->attention(nullptr, &call), HS_INVALID);
}
