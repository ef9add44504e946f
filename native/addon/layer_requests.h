// What the questions to a layer take, read from JavaScript and checked. All throw INVALID_REQUEST.
#pragma once

#include <napi.h>

#include <optional>

#include "native/core/layer.h"

namespace headscope::addon {

int32_t head_number(const Napi::Value& value, const Layer& layer);
Rect rectangle(const Napi::Value& value, const Layer& layer);
// null or undefined: none. Throws PATTERN_INVALID as pattern() does.
std::optional<Pattern> dropped_by(const Napi::Value& value);
SurfaceRequest surface_request(const Napi::Value& value, const Layer& layer);
RankRequest rank_request(const Napi::Value& value, const Layer& layer);

}  // namespace headscope::addon
