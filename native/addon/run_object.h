// NativeRun of engine/native/addon.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "native/core/run.h"
#include "native_memory.h"
#include "wrapped.h"

namespace headscope::addon {

class RunObject {
 public:
  static constexpr const char* kName = "NativeRun";
  static constexpr napi_type_tag kTag{0x2b7e9d3c51f84a66ULL, 0x8d0c47e5a9b21f02ULL};
  static void define(Napi::Env env, Wrapped<RunObject>& into);
  static Napi::Object make(Napi::Env env, std::shared_ptr<Run> run);

  RunObject(Napi::Env env, std::shared_ptr<Run> run);
  Napi::Value copy_lse(const Napi::CallbackInfo& info);
  Napi::Value copy_layer_input(const Napi::CallbackInfo& info);
  Napi::Value copy_overview(const Napi::CallbackInfo& info);
  Napi::Value logits(const Napi::CallbackInfo& info);
  Napi::Value layer(const Napi::CallbackInfo& info);
  Napi::Value generate(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

 private:
  const std::shared_ptr<Run>& open() const;  // throws INVALID_REQUEST once closed
  std::shared_ptr<Run> run_;
  NativeMemory memory_;
};

}  // namespace headscope::addon
