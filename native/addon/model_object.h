// NativeModel of engine/native/addon.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "native/core/model.h"
#include "wrapped.h"

namespace headscope::addon {

class ModelObject {
 public:
  static constexpr const char* kName = "NativeModel";
  static constexpr napi_type_tag kTag{0x6f1d1e0a4d7c4b0eULL, 0x9c8f6a2e1b3d5701ULL};
  static void define(Napi::Env env, Wrapped<ModelObject>& into);
  static Napi::Object make(Napi::Env env, std::shared_ptr<const Model> model);

  explicit ModelObject(std::shared_ptr<const Model> model) : model_(std::move(model)) {}
  Napi::Value plan(const Napi::CallbackInfo& info);
  Napi::Value prefill(const Napi::CallbackInfo& info);
  Napi::Value speed(const Napi::CallbackInfo& info);
  Napi::Value restore_run(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

 private:
  const std::shared_ptr<const Model>& open() const;  // throws INVALID_REQUEST once closed
  std::shared_ptr<const Model> model_;
};

}  // namespace headscope::addon
