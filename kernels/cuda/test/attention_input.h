// Inputs of attention as bfloat16 kernels see them, and where they lie on the device.
#pragma once

#include "device.h"
#include "kernels/check/attention_reference.h"
#include "kernels/cuda/ptx/bfloat16.h"

namespace headscope::cuda::testing {

using headscope::testing::AttentionInput;
using headscope::testing::GuardedArray;

inline void round_all(GuardedArray& x) {
  for (int64_t i = 0; i < x.size(); ++i) x[i] = to_float(to_bf16(x[i]));
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
