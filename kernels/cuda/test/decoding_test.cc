// Attention of one new token against float64: the last row of a cache with room for more, behind which lies NaN.
#include "attention_input.h"

using headscope::cuda::backend;
using namespace headscope::cuda::testing;
using headscope::testing::keep_all;
using headscope::testing::reference_attention;
using headscope::testing::ReferenceHead;

namespace {

struct Cache {
  There<float> q, k, v, out;
  hs_row_attention call{};
  Cache(const AttentionInput& in, int64_t capacity)
      : q(in.heads * capacity * in.head_dim), k(in.kv_heads * capacity * in.head_dim), v(in.kv_heads * capacity * in.head_dim), out(in.heads * in.head_dim) {
    place(in, in.q, q, in.heads, capacity);
    place(in, in.k, k, in.kv_heads, capacity);
    place(in, in.v, v, in.kv_heads, capacity);
    call.heads = in.view();
    call.heads.q = q.data();
    call.heads.k = k.data();
    call.heads.v = v.data();
    call.heads.rows = capacity;
    call.row = in.rows - 1;
    call.out = out.data();
  }

 private:
  static void place(const AttentionInput& in, const GuardedArray& from, There<float>& to, int64_t heads, int64_t capacity) {
    std::vector<float> all(static_cast<size_t>(heads * capacity * in.head_dim), std::numeric_limits<float>::quiet_NaN());
    const int64_t size = in.rows * in.head_dim;
    for (int64_t h = 0; h < heads; ++h) std::copy_n(from.data() + h * size, size, all.begin() + h * capacity * in.head_dim);
    to.set(all);
  }
};

}  // namespace

HS_TEST("a new token attends to every key of its window and to nothing behind it") {
  for (const int32_t d : {8, 24, 64, 80, 128, 256})
    for (const int64_t n : {1, 2, 63, 127, 128, 129, 700})
      for (const bool bounded : {false, true}) {
        AttentionInput in(6, 2, d, n, static_cast<uint32_t>(n + d), 4);
        if (bounded) {
          in.window = 150;
          in.cap = 3;
        }
        if (n > 128 && d > 64 && bounded) continue;
        const Cache made(in, n + 5);
        const std::vector<float> got = same_in_every_order([&] {
          expect_ok(backend()->attend_row(nullptr, &made.call), "attend_row");
          return made.out.get();
        });
        for (int32_t h = 0; h < in.heads; ++h) {
          const ReferenceHead want = reference_attention(in, h, keep_all, n - 1);
          for (int32_t c = 0; c < d; ++c) HS_CHECK_NEAR(got[static_cast<size_t>(h * d + c)], want.out[static_cast<size_t>((n - 1) * d + c)], 2e-5);
        }
      }
}

HS_TEST("a new token with large logits, and with a scale below 0") {
  for (const float logits : {10.0f, 100.0f}) {
    AttentionInput in(2, 1, 64, 300, 5, logits);
    if (logits == 10) in.scale = -in.scale;
    const Cache made(in, 300);
    expect_ok(backend()->attend_row(nullptr, &made.call), "attend_row");
    const std::vector<float> got = made.out.get();
    for (int32_t h = 0; h < 2; ++h) {
      const ReferenceHead want = reference_attention(in, h, keep_all, 299);
      for (int32_t c = 0; c < 64; ++c) HS_CHECK_NEAR(got[static_cast<size_t>(h * 64 + c)], want.out[static_cast<size_t>(299 * 64 + c)], 2e-4);
    }
  }
}

HS_TEST("attend_row refuses calls outside its contract, and hears a cancel") {
  const AttentionInput in(4, 2, 16, 20, 1);
  const Cache made(in, 20);
  const auto status = [&](const hs_exec* exec, auto change) {
    hs_row_attention call = made.call;
    change(call);
    return backend()->attend_row(exec, &call);
  };
  HS_CHECK_EQ(status(nullptr, [](hs_row_attention& a) { a.row = -1; }), HS_INVALID);
  HS_CHECK_EQ(status(nullptr, [](hs_row_attention& a) { a.row = 20; }), HS_INVALID);
  HS_CHECK_EQ(status(nullptr, [](hs_row_attention& a) { a.heads.kv_heads = 3; }), HS_INVALID);
  HS_CHECK_EQ(status(nullptr, [](hs_row_attention& a) { a.heads.head_dim = 12; }), HS_INVALID);
  HS_CHECK_EQ(status(nullptr, [](hs_row_attention& a) { a.heads.v = nullptr; }), HS_INVALID);
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(status(&exec, [](hs_row_attention&) {}), HS_CANCELLED);
}
