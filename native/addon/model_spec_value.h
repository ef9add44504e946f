// NativeModelSpec of engine/native/addon.ts to the core's ModelSpec.
#pragma once

#include <napi.h>

#include "native/core/model.h"

namespace headscope::addon {

// Types and integer ranges are checked here (INVALID_REQUEST); whether the sizes fit the tensors and the files is the core's to say.
ModelSpec model_spec(const Napi::Value& value);

}  // namespace headscope::addon
