#include <cmath>
#include <cstring>

#include "../check/attention_reference.h"
#include "../check/check.h"
#include "../check/threads.h"
#include "backend.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

// The last row's attention in a cache with room for more rows; what lies behind them is NaN.
struct Decoded {
  GuardedArray q, k, v, out;
  hs_row_attention call{};
  Decoded(const AttentionInput& in, int64_t capacity)
      : q(in.heads * capacity * in.head_dim), k(in.kv_heads * capacity * in.head_dim), v(k.size()), out(in.heads * in.head_dim) {
    const auto place = [&](const GuardedArray& from, GuardedArray& to, int64_t heads) {
      const int64_t size = in.rows * in.head_dim;
      for (int64_t h = 0; h < heads; ++h) std::memcpy(to.data() + h * capacity * in.head_dim, from.data() + h * size, static_cast<size_t>(size) * 4);
    };
    place(in.q, q, in.heads);
    place(in.k, k, in.kv_heads);
    place(in.v, v, in.kv_heads);
    call.heads = in.view();
    call.heads.q = q.data();
    call.heads.k = k.data();
    call.heads.v = v.data();
    call.heads.rows = capacity;
    call.row = in.rows - 1;
    call.out = out.data();
  }
};

}  // namespace

HS_TEST("a new token attends to every key of its window and to nothing behind it") {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa)
    for (const int32_t d : {8, 24, 32, 128})
      for (const int64_t n : {int64_t{1}, int64_t{15}, int64_t{16}, int64_t{333}, int64_t{9000}})
        for (const bool bounded : {false, true}) {
          AttentionInput in(6, 2, d, n, static_cast<uint32_t>(n + d), 4);
          if (bounded) {
            in.window = 300;
            in.cap = 3;
          }
          Decoded made(in, n + 5);
          const Threads threads(3);
          HS_CHECK_EQ(cpu::backend_for(*isa)->attend_row(threads.exec(), &made.call), HS_OK);
          for (int32_t h = 0; h < in.heads; ++h) {
            const ReferenceHead wanted = reference_attention(in, h, [](int64_t, int64_t) { return true; }, n - 1);
            for (int32_t c = 0; c < d; ++c) HS_CHECK_NEAR(made.out[h * d + c], wanted.out[(n - 1) * d + c], 2e-5);
          }
          HS_CHECK(made.out.guards_intact());
        }
}

HS_TEST("calls outside the contract of attend_row are refused with a sentence") {
  const headscope_backend_v1& backend = *cpu::backend();
  const AttentionInput in(4, 2, 16, 20, 1);
  const auto refused = [&](auto change) {
    Decoded made(in, 20);
    change(made.call);
    const Threads threads(1);
    HS_CHECK(backend.attend_row(threads.exec(), &made.call) != HS_OK);
    HS_CHECK(std::strlen(backend.last_error()) > 0);
  };
  refused([](hs_row_attention& a) { a.row = -1; });
  refused([](hs_row_attention& a) { a.row = 20; });
  refused([](hs_row_attention& a) { a.heads.kv_heads = 3; });
  refused([](hs_row_attention& a) { a.heads.head_dim = 12; });
  refused([](hs_row_attention& a) { a.heads.v = nullptr; });
}

HS_TEST("a cancelled attend_row says so") {
  const AttentionInput in(4, 2, 16, 20, 1);
  Decoded made(in, 20);
  const int32_t cancel = 1;
  const Threads threads(2, &cancel);
  HS_CHECK_EQ(cpu::backend()->attend_row(threads.exec(), &made.call), HS_CANCELLED);
}
