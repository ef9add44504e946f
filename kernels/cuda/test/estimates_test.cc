// The online estimates against float64, the last rows' on inputs rounded to bfloat16.
#include "attention_input.h"

using headscope::cuda::backend;
using namespace headscope::cuda::testing;
using headscope::testing::keep_all;
using headscope::testing::reference_attention;
using headscope::testing::ReferenceHead;

namespace {

// A probability is as exact as its exponent: products are exact in float32, their sums round at the size of the largest score.
void expect_last_rows(const AttentionInput& in, int32_t head, int32_t last, double tolerance = 2e-5, bool every_order = false) {
  const ReferenceHead want = reference_attention(in, head, keep_all, in.rows - last);
  const Placed placed(in);
  const auto n = static_cast<size_t>(in.rows);
  const auto work = [&] {
    std::vector<float> sums(2 * n, -1);
    expect_ok(backend()->last_rows_estimate(nullptr, &placed.heads, head, last, sums.data(), sums.data() + n), "last_rows_estimate");
    return sums;
  };
  const std::vector<float> got = every_order ? same_in_every_order(work) : work();
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    HS_CHECK_NEAR(got[i], want.column_sum[i], tolerance * (1 + want.column_sum[i]));
    HS_CHECK_NEAR(got[n + i], want.distance_sum[i], tolerance * (1 + want.distance_sum[i]));
    sum += got[i];
  }
  HS_CHECK_NEAR(sum, last, 1e-4 * last);
}

}  // namespace

HS_TEST("the last rows' sums along columns and distances") {
  for (const int64_t n : {1, 2, 63, 64, 65, 129, 700}) {
    const AttentionInput in = rounded(AttentionInput(4, 2, 32, n, static_cast<uint32_t>(n), 3));
    expect_last_rows(in, 3, static_cast<int32_t>(std::min<int64_t>(64, n)), 2e-5, n == 129);
  }
  const AttentionInput in = rounded(AttentionInput(1, 1, 80, 300, 1));
  for (const int32_t last : {1, 37, 65, 128, 300}) expect_last_rows(in, 0, last);
}

HS_TEST("heads of every size") {
  for (const int32_t d : {8, 24, 64, 96, 128, 256}) expect_last_rows(rounded(AttentionInput(1, 1, d, 100, static_cast<uint32_t>(d))), 0, 40);
}

HS_TEST("the estimate of a model with a window, a soft cap or a scale below 0") {
  for (const int64_t window : {1, 50, 64, 130, 9000}) {
    AttentionInput in(1, 1, 32, 400, static_cast<uint32_t>(window), 5);
    in.window = window;
    in.cap = window == 64 ? 0.0f : 2.0f;
    if (window == 130) in.scale = -in.scale;
    in = rounded(in);
    for (const int32_t last : {1, 64, 130}) expect_last_rows(in, 0, last);
  }
}

HS_TEST("large logits in the estimate") { expect_last_rows(rounded(AttentionInput(1, 1, 64, 300, 2, 100)), 0, 64, 2e-4); }

HS_TEST("mean-pooled block scores, a short last block padded with zeros") {
  for (const int64_t n : {1, 16, 17, 100, 600})
    for (const int32_t size : {16, 32, 128}) {
      AttentionInput in(2, 1, 40, n, static_cast<uint32_t>(n + size));
      in.window = size == 32 ? 70 : 0;
      const int64_t blocks = (n + size - 1) / size;
      std::vector<double> q(static_cast<size_t>(blocks * 40), 0), k(q);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t c = 0; c < 40; ++c) {
          q[static_cast<size_t>(i / size * 40 + c)] += in.q[(n + i) * 40 + c] / static_cast<double>(size);
          k[static_cast<size_t>(i / size * 40 + c)] += in.k[i * 40 + c] / static_cast<double>(size);
        }
      const Placed placed(in);
      const std::vector<float> scores = same_in_every_order([&] {
        std::vector<float> all(static_cast<size_t>(blocks * blocks), -1);
        expect_ok(backend()->pooled_block_scores(nullptr, &placed.heads, 1, size, all.data()), "pooled_block_scores");
        return all;
      });
      for (int64_t a = 0; a < blocks; ++a)
        for (int64_t b = 0; b < blocks; ++b) {
          double want = 0;
          for (int64_t c = 0; c < 40; ++c) want += q[static_cast<size_t>(a * 40 + c)] * k[static_cast<size_t>(b * 40 + c)];
          const float got = scores[static_cast<size_t>(a * blocks + b)];
          if (b > a || (in.window > 0 && a * size - (b * size + size - 1) >= in.window)) HS_CHECK_EQ(got, -std::numeric_limits<float>::infinity());
          else HS_CHECK_NEAR(got, want, 1e-5 * (1 + std::fabs(want)));
        }
    }
}

HS_TEST("estimates refuse what lies outside the contract, and hear a cancel") {
  const AttentionInput in(1, 1, 32, 10, 1);
  const Placed placed(in);
  float sums[20], scores[1];
  for (const int32_t last : {0, 11}) HS_CHECK_EQ(backend()->last_rows_estimate(nullptr, &placed.heads, 0, last, sums, sums + 10), HS_INVALID);
  HS_CHECK_EQ(backend()->last_rows_estimate(nullptr, &placed.heads, 1, 1, sums, sums + 10), HS_INVALID);
  HS_CHECK_EQ(backend()->pooled_block_scores(nullptr, &placed.heads, 0, 0, scores), HS_INVALID);
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(backend()->last_rows_estimate(&exec, &placed.heads, 0, 1, sums, sums + 10), HS_CANCELLED);
  HS_CHECK_EQ(backend()->pooled_block_scores(&exec, &placed.heads, 0, 16, scores), HS_CANCELLED);
}
