// What the questions to a layer answer, as engine/native/addon.ts names it: NativeIndex, Evaluation, Measurement, Pairs, Surface.
#pragma once

#include <napi.h>

#include "native/core/layer.h"

namespace headscope::addon {

Napi::Object index_value(Napi::Env env, const Mask& mask);
Napi::Object evaluation_value(Napi::Env env, const Evaluation& evaluation);
Napi::Object measurement_value(Napi::Env env, const Measurement& measurement);
Napi::Object pairs_value(Napi::Env env, const std::vector<hs_pair>& pairs);
Napi::Object surface_value(Napi::Env env, const Surface& surface);

}  // namespace headscope::addon
