// NativeLayer of engine/native/addon.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "native/core/layer.h"
#include "native_memory.h"
#include "wrapped.h"

namespace headscope::addon {

class LayerObject {
 public:
  static constexpr const char* kName = "NativeLayer";
  static constexpr napi_type_tag kTag{0x91a40f6be2d84c37ULL, 0xb6357c1d08ea9403ULL};
  static void define(Napi::Env env, Wrapped<LayerObject>& into);
  static Napi::Object make(Napi::Env env, std::shared_ptr<Layer> layer);

  LayerObject(Napi::Env env, std::shared_ptr<Layer> layer);
  Napi::Value copy(const Napi::CallbackInfo& info);
  Napi::Value lse(const Napi::CallbackInfo& info);
  Napi::Value index(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value measure(const Napi::CallbackInfo& info);
  Napi::Value surface(const Napi::CallbackInfo& info);
  Napi::Value ranks(const Napi::CallbackInfo& info);
  Napi::Value tile(const Napi::CallbackInfo& info);
  Napi::Value planes(const Napi::CallbackInfo& info);
  Napi::Value strongest(const Napi::CallbackInfo& info);
  Napi::Value mask_tile(const Napi::CallbackInfo& info);
  Napi::Value profiles(const Napi::CallbackInfo& info);
  Napi::Value overview(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

 private:
  const std::shared_ptr<Layer>& open() const;  // throws INVALID_REQUEST once closed
  std::shared_ptr<Layer> layer_;
  NativeMemory memory_;
};

}  // namespace headscope::addon
