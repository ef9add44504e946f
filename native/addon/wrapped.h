// JavaScript classes over C++ objects. A method checks that its `this` is an object of its own class before it touches it, by N-API's
// type tags: `this` can be anything JavaScript likes.
//
// A wrapped class has: static constexpr const char* kName; static constexpr napi_type_tag kTag; and methods
// Napi::Value method(const Napi::CallbackInfo&).
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "failure.h"
#include "native/core/error.h"

namespace headscope::addon {

template <class Object>
class Wrapped {
 public:
  template <Napi::Value (Object::*kMethod)(const Napi::CallbackInfo&)>
  static napi_property_descriptor method(const char* name) {
    napi_property_descriptor property{};
    property.utf8name = name;
    property.method = [](napi_env env, napi_callback_info raw) -> napi_value {
      return guard(env, [&]() -> napi_value {
        const Napi::CallbackInfo info(env, raw);
        return (object_of(info).*kMethod)(info);
      });
    };
    property.attributes = napi_default_method;
    return property;
  }

  void define(Napi::Env env, const std::vector<napi_property_descriptor>& methods) {
    napi_value constructor = nullptr;
    if (napi_define_class(env, Object::kName, NAPI_AUTO_LENGTH, construct, this, methods.size(), methods.data(), &constructor) != napi_ok)
      throw Error("INTERNAL", "Node refused to define a class.");
    constructor_ = Napi::Persistent(Napi::Function(env, constructor));
  }

  // A new JavaScript object that owns `object`.
  Napi::Object make(Napi::Env env, std::unique_ptr<Object> object) {
    making_ = true;
    napi_value made = nullptr;
    const napi_status status = napi_new_instance(env, constructor_.Value(), 0, nullptr, &made);
    making_ = false;
    const napi_finalize finalize = [](napi_env, void* data, void*) { delete static_cast<Object*>(data); };
    if (status != napi_ok || napi_type_tag_object(env, made, &Object::kTag) != napi_ok ||
        napi_wrap(env, made, object.get(), finalize, nullptr, nullptr) != napi_ok)
      throw Error("INTERNAL", std::string("Node refused to make a ") + Object::kName + ".");
    object.release();
    return Napi::Object(env, made);
  }

 private:
  static napi_value construct(napi_env env, napi_callback_info raw) {
    return guard(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, raw);
      if (!static_cast<Wrapped*>(info.Data())->making_)
        throw Error("INVALID_REQUEST", std::string("A ") + Object::kName + " cannot be made with new.");
      return info.This();
    });
  }

  static Object& object_of(const Napi::CallbackInfo& info) {
    bool ours = false;
    void* data = nullptr;
    if (info.This().Type() != napi_object || napi_check_object_type_tag(info.Env(), info.This(), &Object::kTag, &ours) != napi_ok || !ours ||
        napi_unwrap(info.Env(), info.This(), &data) != napi_ok)
      throw Error("INVALID_REQUEST", std::string("This method must be called on a ") + Object::kName + ".");
    return *static_cast<Object*>(data);
  }

  Napi::FunctionReference constructor_;
  bool making_ = false;
};

// A read-only property that stays after close().
inline void set_constant(Napi::Object object, const char* name, const Napi::Value& value) {
  object.DefineProperty(Napi::PropertyDescriptor::Value(name, value, napi_enumerable));
}

}  // namespace headscope::addon
