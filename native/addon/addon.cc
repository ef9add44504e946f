// The addon's four functions: info, findBackends, openModel, captureLayer. engine/native/addon.ts is its face.
#include <napi.h>

#include <dlfcn.h>

#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "instance.h"
#include "kernels/cpu/backend.h"
#include "model_spec_value.h"
#include "native/core/loadable_backend.h"
#include "native/core/machine.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kMostHeads = 1 << 16, kLargestHead = 1 << 14;

// What find_backends() found: of the process, since environments share what is loaded.
std::mutex found_mutex;
std::optional<FoundBackend> found_cuda;

std::string addon_folder() {
  Dl_info self{};
  if (!dladdr(reinterpret_cast<const void*>(&found_mutex), &self) || !self.dli_fname) return ".";
  const std::string path = self.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Tries the CUDA library once a process; those who ask meanwhile wait for the same answer.
FoundBackend find_cuda() {
  const std::lock_guard lock(found_mutex);
  if (!found_cuda) {
    const std::string folder = addon_folder();
    found_cuda = find_backend("cuda", backend_places("cuda", folder, std::getenv("HEADSCOPE_CUDA_LIBRARY")), folder + "/headscope-probe");
  }
  return *found_cuda;
}

// The backend a model or a capture is to live on: absent or "cpu", or "cuda" where find_backends() found a usable one.
const headscope_backend_v1& backend_named(const Napi::Value& name) {
  if (absent(name)) return *cpu::backend();
  const std::string asked = text(name, "backend");
  if (asked == "cpu") return *cpu::backend();
  if (asked != "cuda") throw Error("INVALID_REQUEST", "There is no backend " + asked + ": cpu and cuda are known.");
  static std::mutex mutex;
  static const headscope_backend_v1* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (!loaded) loaded = &load_backend(find_cuda());
  return *loaded;
}

Napi::Object backend_entry(Napi::Env env, const char* name, const char* description, bool present, bool available, const char* reason) {
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("name", name);
  entry.Set("description", description);
  entry.Set("present", present);
  entry.Set("available", available);
  entry.Set("reason", reason);
  return entry;
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  Napi::Array backends = Napi::Array::New(env);
  const auto add = [&](const char* name, const char* description, bool present, bool available, const char* reason) {
    backends.Set(backends.Length(), backend_entry(env, name, description, present, available, reason));
  };
  const headscope_backend_v1* active = cpu::backend();
  add(active->name, active->description, true, true, "");
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) {
    const headscope_backend_v1* other = cpu::backend_for(*isa);
    if (other != active) add(other->name, other->description, true, true, "");
  }
  std::optional<FoundBackend> cuda;
  if (const std::unique_lock lock(found_mutex, std::try_to_lock); lock) cuda = found_cuda;  // not while it is being tried: this thread waits for nobody
  if (cuda) add("cuda", cuda->description.c_str(), !cuda->path.empty() && cuda->score >= 0, cuda->score > 0, cuda->reason.c_str());
  else add("cuda", "CUDA", false, false, "It has not been looked for yet.");

  Napi::Object all = Napi::Object::New(env);
  all.Set("abi", Napi::Number::New(env, HEADSCOPE_BACKEND_ABI));
  all.Set("build", HEADSCOPE_BUILD);
  all.Set("backends", backends);
  all.Set("hardwareThreads", hardware_threads());
  all.Set("availableBytes", Napi::Number::New(env, static_cast<double>(available_bytes())));
  return all;
}

Napi::Value find_backends(const Napi::CallbackInfo& call) {
  return Instance::of(call.Env()).jobs.start(
      call.Env(), 1, Napi::Function(), [](const Job&) { return find_cuda(); }, [](Napi::Env env, FoundBackend&) { return env.Undefined(); });
}

Napi::Value open_model(const Napi::CallbackInfo& call) {
  ModelSpec spec = model_spec(call[0]);
  const Napi::Array paths = list(call[1], "files");
  std::vector<std::string> files;
  for (uint32_t i = 0; i < paths.Length(); ++i) files.push_back(text(paths.Get(i), "files[" + std::to_string(i) + "]"));
  return ModelObject::make(call.Env(), Model::open(backend_named(call[2]), std::move(spec), files));
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
  return LayerObject::make(call.Env(), headscope::capture_layer(backend_named(call[4]), q, k, v, shape));
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
    set_function(exports, "findBackends", entry<find_backends>);
    set_function(exports, "openModel", entry<open_model>);
    set_function(exports, "captureLayer", entry<capture_layer>);
    return exports;
  });
}

}  // namespace headscope::addon

NAPI_MODULE_INIT() { return headscope::addon::start(env, exports); }
