// NativePattern of engine/native/addon.ts, both ways.
#pragma once

#include <napi.h>

#include "native/core/pattern.h"
#include "values.h"

namespace headscope::addon {

// Throws PATTERN_INVALID: an unknown kind, a budget that is not an integer from 0 to 2^53 - 1, a block size that is not a power of two
// from 16 to 1,024.
Pattern pattern(const Napi::Value& value, Name name);

Napi::Object pattern_value(Napi::Env env, const Pattern& pattern);

}  // namespace headscope::addon
