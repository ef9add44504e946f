// From a product q.k to a score in powers of two: scale, soft cap and log2(e) in one place.
#pragma once

#include <algorithm>
#include <cmath>

#include "ptx/math.h"

namespace headscope::cuda {

// tanh(x) to about 1e-7.
HS_DEVICE float tanh_fast(float x) {
  const float y = fminf(fmaxf(x, -20.0f), 20.0f);
  return 1 - divide_fast(2, 1 + exp2_fast(y * 2.885390081777927f));
}

// score = log2(e) scale q.k, or log2(e) cap tanh(scale q.k / cap), is factor * bend(sign q.k).
struct ScoreScale {
  float sign = 1;     // of the scale, and 0 for 0: multiplied into the queries, so that factor is above 0
  float to_tanh = 0;  // what leads to the cap's tanh; 0: no cap
  float factor = 1;

  ScoreScale() = default;
  ScoreScale(float scale, float cap) {
    constexpr float kLog2E = 1.4426950408889634f;
    sign = scale < 0 ? -1.0f : scale > 0 ? 1.0f : 0.0f;
    to_tanh = cap > 0 ? std::fabs(scale) / cap : 0;
    factor = cap > 0 ? cap * kLog2E : scale == 0 ? 1.0f : std::fabs(scale) * kLog2E;
  }
  HS_DEVICE float bend(float product) const { return to_tanh > 0 ? tanh_fast(product * to_tanh) : product; }
  HS_DEVICE float log2(float product) const { return bend(product) * factor; }
};

}  // namespace headscope::cuda
