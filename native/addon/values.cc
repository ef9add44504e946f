#include "values.h"

#include <cmath>

#include "native/core/error.h"

namespace headscope::addon {
namespace {

constexpr int32_t kMostThreads = 1024;

// A short picture of a value for a message: never the contents of a long string or an object.
std::string described(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number: {
      const double v = value.As<Napi::Number>().DoubleValue();
      std::string digits = std::to_string(v);
      if (std::floor(v) == v && std::abs(v) < 1e15) digits = std::to_string(static_cast<int64_t>(v));
      return digits;
    }
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a bigint";
    case napi_external: return "an external";
    case napi_object: break;
  }
  if (value.IsArray()) return "an array";
  return value.IsTypedArray() ? "this typed array" : "an object";
}

}  // namespace

void refuse(Name name, const std::string& wanted, const Napi::Value& got) {
  throw Error("INVALID_REQUEST", name + " must be " + wanted + "; got " + described(got) + ".");
}

int64_t integer(const Napi::Value& value, Name name, int64_t low, int64_t high) {
  const auto wanted = [&] { return "an integer from " + std::to_string(low) + " to " + std::to_string(high); };
  if (!value.IsNumber()) refuse(name, wanted(), value);
  const double v = value.As<Napi::Number>().DoubleValue();
  if (!(v >= static_cast<double>(low) && v <= static_cast<double>(high)) || std::floor(v) != v) refuse(name, wanted(), value);
  return static_cast<int64_t>(v);
}

double number(const Napi::Value& value, Name name) {
  if (!value.IsNumber() || !std::isfinite(value.As<Napi::Number>().DoubleValue())) refuse(name, "a finite number", value);
  return value.As<Napi::Number>().DoubleValue();
}

bool boolean(const Napi::Value& value, Name name) {
  if (!value.IsBoolean()) refuse(name, "true or false", value);
  return value.As<Napi::Boolean>().Value();
}

std::string text(const Napi::Value& value, Name name) {
  if (!value.IsString()) refuse(name, "a string", value);
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object object(const Napi::Value& value, Name name) {
  if (value.Type() != napi_object) refuse(name, "an object", value);
  return value.As<Napi::Object>();
}

Napi::Array list(const Napi::Value& value, Name name) {
  if (!value.IsArray()) refuse(name, "an array", value);
  return value.As<Napi::Array>();
}

Napi::Function optional_function(const Napi::Value& value, Name name) {
  if (value.IsUndefined()) return {};
  if (!value.IsFunction()) refuse(name, "a function", value);
  return value.As<Napi::Function>();
}

bool absent(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

int32_t thread_count(const Napi::Value& value) { return static_cast<int32_t>(integer(value, "threads", 1, kMostThreads)); }

}  // namespace headscope::addon
