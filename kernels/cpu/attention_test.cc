#include <cstring>

#include "../check/attention_case.h"
#include "backend.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

template <class Body>
void on_every_isa(Body body) {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) body(*cpu::backend_for(*isa), std::string(*isa));
}

void expect_dense(const AttentionInput& in, const std::string& name, AttentionBounds bounds = {}) {
  std::vector<ReferenceHead> want;
  for (int32_t h = 0; h < in.heads; ++h) want.push_back(reference_attention(in, h, keep_all));
  on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
    const AttentionResult got = run_attention(backend, in, nullptr, 2);
    const int64_t tiles = (in.rows + 63) / 64;
    for (int32_t h = 0; h < in.heads; ++h) {
      expect_attention(in, h, got, want[h], isa + ", " + name, bounds);
      HS_CHECK_EQ(got.executed[h], tiles * (tiles + 1) / 2);
    }
  });
}

bool same_bits(const GuardedArray& a, const GuardedArray& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0; }

}  // namespace

HS_TEST("dense attention at row counts around the tile's edges") {
  for (const int64_t n : {1, 2, 63, 64, 65, 127, 128, 129, 191, 255, 256, 257, 1000})
    expect_dense(AttentionInput(2, 1, 64, n, static_cast<uint32_t>(n)), "N " + std::to_string(n));
}

HS_TEST("the log-sum-exp alone is that of the whole call, and reads no values") {
  const AttentionInput in(4, 2, 64, 333, 21);
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    const AttentionResult whole = run_attention(backend, in, nullptr, 2, false);
    GuardedArray lse(in.heads * in.rows);
    hs_attention call{};
    call.heads = in.view();
    call.heads.v = nullptr;
    call.lse = lse.data();
    HS_CHECK_EQ(backend.attention(Threads(2).exec(), &call), HS_OK);
    HS_CHECK(same_bits(lse, whole.lse));
    call.lse = nullptr;
    HS_CHECK_EQ(backend.attention(Threads(2).exec(), &call), HS_INVALID);
    call.out = lse.data();
    HS_CHECK_EQ(backend.attention(Threads(2).exec(), &call), HS_INVALID);
  });
}

HS_TEST("every head_dim that is a multiple of 8") {
  for (int32_t d = 8; d <= 256; d += 8) expect_dense(AttentionInput(1, 1, d, 150, static_cast<uint32_t>(d)), "d " + std::to_string(d));
}

HS_TEST("query heads share key-value heads") {
  expect_dense(AttentionInput(4, 1, 32, 200, 1), "4 heads over 1");
  expect_dense(AttentionInput(6, 3, 32, 200, 2), "6 heads over 3");
  expect_dense(AttentionInput(3, 3, 32, 200, 3), "3 heads over 3");
}

HS_TEST("large logits") {
  expect_dense(AttentionInput(2, 1, 64, 500, 4, 10), "x10");
  // A score of a few hundred is known to about 1e-5 in float32, and so is the exponent of a probability.
  expect_dense(AttentionInput(2, 1, 64, 500, 5, 100), "x100", {2e-5, 2e-6, 1e-4});
}

HS_TEST("constant queries give uniform rows") {
  AttentionInput in(1, 1, 64, 300, 6);
  for (int64_t i = 0; i < in.k.size(); ++i) in.k[i] = 0.25f;
  expect_dense(in, "constant keys");
  for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = 0;
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    const AttentionResult got = run_attention(backend, in, nullptr, 2);
    for (int64_t i = 0; i < in.rows; ++i) HS_CHECK_NEAR(got.lse[i], std::log(i + 1.0), 2e-6);
  });
}

HS_TEST("one huge key at the sink, at a tile's edge, on the diagonal") {
  for (const int64_t at : {0, 63, 64, 100, 199}) {
    AttentionInput in(1, 1, 64, 200, static_cast<uint32_t>(7 + at));
    for (int32_t c = 0; c < 64; ++c) in.k[at * 64 + c] *= 1000;
    // Its score is a sum of terms in the thousands that may cancel to a few, so float32 knows it to about 1e-4.
    expect_dense(in, "huge key " + std::to_string(at), {1e-4, 2e-5, 1e-3});
  }
}

HS_TEST("scores past the range of float give no NaN") {
  AttentionInput in(1, 1, 64, 130, 8);
  for (int32_t c = 0; c < 64; ++c) in.k[70 * 64 + c] = in.q[c] > 0 ? 3e38f : -3e38f;
  for (int64_t i = 1; i < 130; ++i)  // +infinity on even rows, -infinity on odd ones
    for (int32_t c = 0; c < 64; ++c) in.q[i * 64 + c] = i % 2 ? -in.q[c] : in.q[c];
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    const AttentionResult got = run_attention(backend, in, nullptr, 1);
    for (int64_t i = 0; i < got.out.size(); ++i) HS_CHECK(std::isfinite(got.out[i]));
    for (int64_t i = 70; i < 130; i += 2)
      for (int32_t c = 0; c < 64; ++c) HS_CHECK_NEAR(got.out[i * 64 + c], in.v[70 * 64 + c], 1e-6);
  });
}

HS_TEST("results do not depend on the number of workers") {
  on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
    // The longer input makes runs of several row tiles, whose row bins are shared.
    for (const int64_t n : {1000, isa == "portable" ? 1100 : 17000}) {
      const AttentionInput in(n > 2000 ? 1 : 3, 1, 8, n, 9);
      const AttentionResult one = run_attention(backend, in, nullptr, 1), three = run_attention(backend, in, nullptr, 3);
      HS_CHECK_EQ(one.status, HS_OK);
      HS_CHECK(same_bits(one.out, three.out));
      HS_CHECK(same_bits(one.lse, three.lse));
      HS_CHECK(same_bits(one.overview_sum, three.overview_sum));
      HS_CHECK(same_bits(one.overview_max, three.overview_max));
      const AttentionResult bare = run_attention(backend, in, nullptr, 2, false);
      HS_CHECK_EQ(bare.status, HS_OK);
      for (int64_t i = 0; i < one.lse.size(); ++i) HS_CHECK_NEAR(one.lse[i], bare.lse[i], 2e-6 * (1 + std::fabs(bare.lse[i])));
      for (int64_t a = 0; a < 256; ++a) {
        double sum = 0;
        for (int64_t b = 0; b < 256; ++b) sum += one.overview_sum[a * 256 + b];
        const double rows = static_cast<double>((a + 1) * n / 256 - a * n / 256);
        HS_CHECK_NEAR(sum, rows, 1e-5 * (rows + 1));
      }
    }
  });
}

HS_TEST("the overview of an input whose runs share row bins") {
  const AttentionInput in(1, 1, 8, 16900, 10);  // 265 row tiles in runs of two, row bins of 66 or 67 rows
  const AttentionResult got = run_attention(*cpu::backend(), in, nullptr, 2);
  HS_CHECK_EQ(got.status, HS_OK);
  for (const int64_t a : {0, 1, 77, 128, 255}) {
    std::vector<double> sum(256, 0), max(256, 0);
    for (int64_t i = a * in.rows / 256; i < (a + 1) * in.rows / 256; ++i)
      for (int64_t b = 0; b < 256; ++b)
        for (int64_t j = b * in.rows / 256; j < (b + 1) * in.rows / 256 && j <= i; ++j) {
          const double p = std::exp(in.score(0, i, j) - got.lse[i]);
          sum[b] += p;
          max[b] = std::max(max[b], p);
        }
    for (int64_t b = 0; b < 256; ++b) {
      HS_CHECK_NEAR(got.overview_sum[a * 256 + b], sum[b], 1e-5 * (1 + sum[b]));
      HS_CHECK_NEAR(got.overview_max[a * 256 + b], max[b], 1e-5);
    }
  }
}

HS_TEST("a cancelled call says so") {
  const int32_t cancel = 1;
  const AttentionInput in(1, 1, 64, 500, 11);
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    HS_CHECK_EQ(run_attention(backend, in, nullptr, 2, true, &cancel).status, HS_CANCELLED);
  });
}

HS_TEST("shapes outside the contract are refused") {
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    for (const int32_t d : {4, 12, 264}) {
      const AttentionInput in(1, 1, d, 10, 12);
      HS_CHECK_EQ(run_attention(backend, in, nullptr, 1).status, HS_INVALID);
    }
    HS_CHECK_EQ(run_attention(backend, AttentionInput(3, 2, 8, 10, 13), nullptr, 1).status, HS_INVALID);
    HS_CHECK(std::strlen(backend.last_error()) > 0);
  });
}
