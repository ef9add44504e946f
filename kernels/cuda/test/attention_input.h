// Inputs of attention as bfloat16 kernels see them, and where they lie on the device.
#pragma once

#include <cstring>

#include "device.h"
#include "kernels/check/attention_reference.h"

namespace headscope::cuda::testing {

using headscope::testing::AttentionInput;
using headscope::testing::GuardedArray;

// To the nearest bfloat16, ties to even. The device's own conversion is not for the host.
inline void round_all(GuardedArray& x) {
  for (int64_t i = 0; i < x.size(); ++i) {
    uint32_t bits;
    std::memcpy(&bits, &x[i], 4);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    std::memcpy(&x[i], &bits, 4);
  }
}
inline AttentionInput rounded(AttentionInput in) {
  round_all(in.q);
  round_all(in.k);
  round_all(in.v);
  return in;
}

inline std::vector<float> values(const GuardedArray& x) { return {x.data(), x.data() + x.size()}; }

struct Placed {
  There<float> q, k, v;
  hs_heads heads;
  explicit Placed(const AttentionInput& in) : q(values(in.q)), k(values(in.k)), v(values(in.v)), heads(in.view()) {
    heads.q = q.data();
    heads.k = k.data();
    heads.v = v.data();
  }
};

}  // namespace headscope::cuda::testing
