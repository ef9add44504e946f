// The addon's three functions: info, openModel, captureLayer. engine/native/addon.ts is its face.
#include <napi.h>

#include <limits>
#include <string>
#include <vector>

#include "failure.h"
#include "instance.h"
#include "kernels/cpu/backend.h"
#include "model_spec_value.h"
#include "native/core/machine.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kMostHeads = 1 << 16, kLargestHead = 1 << 14;

Napi::Object backend_entry(Napi::Env env, const char* name, const char* description, bool available, const char* reason) {
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("name", name);
  entry.Set("description", description);
  entry.Set("available", available);
  entry.Set("reason", reason);
  return entry;
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  Napi::Array backends = Napi::Array::New(env);
  const auto add = [&](const char* name, const char* description, bool available, const char* reason) {
    backends.Set(backends.Length(), backend_entry(env, name, description, available, reason));
  };
  const headscope_backend_v1* active = cpu::backend();
  add(active->name, active->description, true, "");
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const headscope_backend_v1* other = cpu::backend_for(*isa);
    if (other != active) add(other->name, other->description, true, "");
  }
  add("cuda", "CUDA", false, "There is no CUDA plugin beside the addon.");

  Napi::Object all = Napi::Object::New(env);
  all.Set("abi", Napi::Number::New(env, HEADSCOPE_BACKEND_ABI));
  all.Set("build", HEADSCOPE_BUILD);
  all.Set("backends", backends);
  all.Set("hardwareThreads", hardware_threads());
  all.Set("availableBytes", Napi::Number::New(env, static_cast<double>(available_bytes())));
  return all;
}

Napi::Value open_model(const Napi::CallbackInfo& call) {
  ModelSpec spec = model_spec(call[0]);
  const Napi::Array paths = list(call[1], "files");
  std::vector<std::string> files;
  for (uint32_t i = 0; i < paths.Length(); ++i) files.push_back(text(paths.Get(i), "files[" + std::to_string(i) + "]"));
  return ModelObject::make(call.Env(), Model::open(*cpu::backend(), std::move(spec), files));
}

Napi::Value capture_layer(const Napi::CallbackInfo& call) {
  const Napi::Object wanted = object(call[3], "shape");
  HeadsShape shape;
  shape.heads = static_cast<int32_t>(integer(wanted.Get("heads"), "shape.heads", 1, kMostHeads));
  shape.kv_heads = static_cast<int32_t>(integer(wanted.Get("kvHeads"), "shape.kvHeads", 1, kMostHeads));
  shape.head_dim = static_cast<int32_t>(integer(wanted.Get("headDim"), "shape.headDim", 1, kLargestHead));
  shape.rows = integer(wanted.Get("rows"), "shape.rows", 1, std::numeric_limits<int32_t>::max());
  shape.scale = static_cast<float>(number(wanted.Get("scale"), "shape.scale"));
  const int64_t head = shape.rows * shape.head_dim;  // fits: 2^31 rows, 2^14 wide, 2^16 heads
  const float* q = view<float>(call[0], "q", shape.heads * head).data;
  const float* k = view<float>(call[1], "k", shape.kv_heads * head).data;
  const float* v = absent(call[2]) ? nullptr : view<float>(call[2], "v", shape.kv_heads * head).data;
  return LayerObject::make(call.Env(), headscope::capture_layer(*cpu::backend(), q, k, v, shape));
}

template <Napi::Value (*kFunction)(const Napi::CallbackInfo&)>
napi_value entry(napi_env env, napi_callback_info raw) {
  return guard(env, [&]() -> napi_value {
    const Napi::CallbackInfo call(env, raw);
    return kFunction(call);
  });
}

void set_function(Napi::Object exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  if (napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok)
    throw Error("INTERNAL", "Node refused to make a function.");
  exports.Set(name, function);
}

}  // namespace

napi_value start(napi_env raw, napi_value exported) {
  return guard(raw, [&]() -> napi_value {
    const Napi::Env env(raw);
    auto* instance = new Instance(env);
    env.SetInstanceData<Instance>(instance);
    // Runs while the environment is still whole, before Node frees the wrapped objects and the instance itself.
    napi_add_env_cleanup_hook(raw, [](void* going) { static_cast<Instance*>(going)->jobs.stop(); }, instance);
    const Napi::Object exports(env, exported);
    set_function(exports, "info", entry<info>);
    set_function(exports, "openModel", entry<open_model>);
    set_function(exports, "captureLayer", entry<capture_layer>);
    return exports;
  });
}

}  // namespace headscope::addon

NAPI_MODULE_INIT() { return headscope::addon::start(env, exports); }
