// JavaScript values to C++, checked. Each function names the argument it refuses and throws INVALID_REQUEST.
#pragma once

#include <napi.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace headscope::addon {

// Object keys and the like: a name as a message shows it, "request.tokens".
using Name = const std::string&;

[[noreturn]] void refuse(Name name, const std::string& wanted, const Napi::Value& got);

int64_t integer(const Napi::Value& value, Name name, int64_t low, int64_t high);
double number(const Napi::Value& value, Name name);  // finite
bool boolean(const Napi::Value& value, Name name);
std::string text(const Napi::Value& value, Name name);
Napi::Object object(const Napi::Value& value, Name name);
Napi::Array list(const Napi::Value& value, Name name);
// A function, or an empty one where the value is undefined.
Napi::Function optional_function(const Napi::Value& value, Name name);
bool absent(const Napi::Value& value);  // undefined or null

int32_t thread_count(const Napi::Value& value);  // 1 .. 1024

template <class Element>
struct TypedArrayTraits;
template <>
struct TypedArrayTraits<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "a Float32Array";
};
template <>
struct TypedArrayTraits<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "a Float64Array";
};
template <>
struct TypedArrayTraits<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "an Int32Array";
};

// The memory of a typed array: valid until control returns to JavaScript, which may detach or shrink it.
template <class Element>
struct View {
  Element* data = nullptr;
  int64_t count = 0;
};

template <class Element>
View<Element> view(const Napi::Value& value, Name name) {
  napi_typedarray_type type{};
  size_t count = 0;
  void* data = nullptr;
  if (!value.IsTypedArray() || napi_get_typedarray_info(value.Env(), value, &type, &count, &data, nullptr, nullptr) != napi_ok ||
      type != TypedArrayTraits<Element>::type)
    refuse(name, TypedArrayTraits<Element>::name, value);
  return {static_cast<Element*>(data), data ? static_cast<int64_t>(count) : 0};
}

// With exactly `count` elements. A detached array has none.
template <class Element>
View<Element> view(const Napi::Value& value, Name name, int64_t count) {
  const View<Element> found = view<Element>(value, name);
  if (found.count != count)
    refuse(name, std::string(TypedArrayTraits<Element>::name) + " of " + std::to_string(count) + " elements (it has " + std::to_string(found.count) + ")",
           value);
  return found;
}

template <class Element>
std::vector<Element> copied(const Napi::Value& value, Name name) {
  const View<Element> found = view<Element>(value, name);
  return std::vector<Element>(found.data, found.data + found.count);
}

// C++ arrays to fresh typed arrays.
template <class Element>
Napi::TypedArrayOf<Element> typed_array(Napi::Env env, const Element* data, int64_t count) {
  auto array = Napi::TypedArrayOf<Element>::New(env, static_cast<size_t>(count));
  if (count > 0) std::memcpy(array.Data(), data, static_cast<size_t>(count) * sizeof(Element));
  return array;
}
template <class Element>
Napi::TypedArrayOf<Element> typed_array(Napi::Env env, const std::vector<Element>& values) {
  return typed_array(env, values.data(), static_cast<int64_t>(values.size()));
}

}  // namespace headscope::addon
