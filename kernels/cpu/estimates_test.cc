#include "../check/attention_reference.h"
#include "../check/check.h"
#include "../check/threads.h"
#include "backend.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

template <class Body>
void on_every_isa(Body body) {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) body(*cpu::backend_for(*isa));
}

void expect_last_rows(const AttentionInput& in, int32_t head, int32_t last, double tolerance = 2e-5) {
  const ReferenceHead want = reference_attention(in, head, keep_all, in.rows - last);
  on_every_isa([&](const headscope_backend_v1& backend) {
    GuardedArray columns(in.rows), distances(in.rows);
    const hs_heads heads = in.view();
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(2).exec(), &heads, head, last, columns.data(), distances.data()), HS_OK);
    double sum = 0;
    for (int64_t i = 0; i < in.rows; ++i) {
      HS_CHECK_NEAR(columns[i], want.column_sum[i], tolerance * (1 + want.column_sum[i]));
      HS_CHECK_NEAR(distances[i], want.distance_sum[i], tolerance * (1 + want.distance_sum[i]));
      sum += columns[i];
    }
    HS_CHECK_NEAR(sum, last, 1e-4 * last);
    HS_CHECK(columns.guards_intact() && distances.guards_intact());
  });
}

}  // namespace

HS_TEST("the last rows' sums along columns and diagonals") {
  for (const int64_t n : {1, 2, 63, 64, 65, 129, 1000, 1024, 1025, 2500}) {
    const AttentionInput in(4, 2, 32, n, static_cast<uint32_t>(n), 3);
    expect_last_rows(in, 3, static_cast<int32_t>(std::min<int64_t>(64, n)));
  }
  const AttentionInput in(1, 1, 80, 1300, 1);
  for (const int32_t last : {1, 37, 65, 128, 200, 1300}) expect_last_rows(in, 0, last);
}

HS_TEST("the estimate of a model with a window and a soft cap") {
  for (const int64_t window : {1, 50, 64, 1030, 9000}) {
    AttentionInput in(1, 1, 32, 2500, static_cast<uint32_t>(window), 5);
    in.window = window;
    in.cap = window == 64 ? 0.0f : 2.0f;
    for (const int32_t last : {1, 64, 130}) expect_last_rows(in, 0, last);
  }
}

HS_TEST("large logits in the estimate") { expect_last_rows(AttentionInput(1, 1, 64, 700, 2, 100), 0, 64, 2e-4); }

HS_TEST("the estimate does not depend on the number of workers") {
  const AttentionInput in(1, 1, 64, 5000, 3);
  const hs_heads heads = in.view();
  on_every_isa([&](const headscope_backend_v1& backend) {
    std::vector<float> one[2] = {std::vector<float>(in.rows), std::vector<float>(in.rows)}, three[2] = {one[0], one[0]};
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(1).exec(), &heads, 0, 64, one[0].data(), one[1].data()), HS_OK);
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(3).exec(), &heads, 0, 64, three[0].data(), three[1].data()), HS_OK);
    HS_CHECK(one[0] == three[0]);
    HS_CHECK(one[1] == three[1]);
  });
}

HS_TEST("mean-pooled block scores, a short last block padded with zeros") {
  for (const int64_t n : {1, 16, 17, 64, 100, 1000, 1030})
    for (const int32_t size : {16, 32, 64, 128, 1024}) {
      AttentionInput in(2, 1, 40, n, static_cast<uint32_t>(n + size));
      in.window = size == 32 ? 70 : 0;
      const int64_t blocks = (n + size - 1) / size;
      std::vector<double> q(blocks * 40, 0), k(blocks * 40, 0);
      for (int64_t i = 0; i < n; ++i)
        for (int c = 0; c < 40; ++c) {
          q[i / size * 40 + c] += in.q[(n + i) * 40 + c] / static_cast<double>(size);
          k[i / size * 40 + c] += in.k[i * 40 + c] / static_cast<double>(size);
        }
      on_every_isa([&](const headscope_backend_v1& backend) {
        GuardedArray scores(blocks * blocks);
        const hs_heads heads = in.view();
        HS_CHECK_EQ(backend.pooled_block_scores(Threads(2).exec(), &heads, 1, size, scores.data()), HS_OK);
        for (int64_t a = 0; a < blocks; ++a)
          for (int64_t b = 0; b < blocks; ++b) {
            double want = 0;
            for (int c = 0; c < 40; ++c) want += q[a * 40 + c] * k[b * 40 + c];
            if (b > a || (in.window > 0 && a * size - (b * size + size - 1) >= in.window)) HS_CHECK_EQ(scores[a * blocks + b], -std::numeric_limits<float>::infinity());
            else HS_CHECK_NEAR(scores[a * blocks + b], want, 1e-5 * (1 + std::fabs(want)));
          }
        HS_CHECK(scores.guards_intact());
      });
    }
}

HS_TEST("a cancelled estimate says so, and impossible ones are refused") {
  const int32_t cancel = 1;
  const AttentionInput in(1, 1, 64, 300, 4);
  const hs_heads heads = in.view();
  std::vector<float> a(300), b(300), s(25);
  on_every_isa([&](const headscope_backend_v1& backend) {
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(2, &cancel).exec(), &heads, 0, 64, a.data(), b.data()), HS_CANCELLED);
    HS_CHECK_EQ(backend.pooled_block_scores(Threads(2, &cancel).exec(), &heads, 0, 64, s.data()), HS_CANCELLED);
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(2).exec(), &heads, 0, 0, a.data(), b.data()), HS_INVALID);
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(2).exec(), &heads, 0, 301, a.data(), b.data()), HS_INVALID);
    HS_CHECK_EQ(backend.last_rows_estimate(Threads(2).exec(), &heads, 1, 64, a.data(), b.data()), HS_INVALID);
  });
}
