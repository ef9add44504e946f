#include "pattern_value.h"

#include <cmath>

#include "native/core/error.h"
#include "native/core/pattern_check.h"

namespace headscope::addon {
namespace {

constexpr double kLargestInteger = 9007199254740991;  // 2^53 - 1

[[noreturn]] void invalid(const std::string& message) { throw Error("PATTERN_INVALID", message); }

int64_t budget(const Napi::Object& object, const char* key, Name name, double low) {
  const Napi::Value value = object.Get(key);
  const double v = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(v >= low && v <= kLargestInteger) || std::floor(v) != v)
    invalid(name + "." + key + " must be an integer of " + std::to_string(static_cast<int>(low)) + " or more.");
  return static_cast<int64_t>(v);
}

}  // namespace

Pattern pattern(const Napi::Value& value, Name name) {
  if (value.Type() != napi_object) invalid(name + " must be an object with a kind.");
  const Napi::Object object = value.As<Napi::Object>();
  const Napi::Value kind_value = object.Get("kind");
  const std::string kind = kind_value.IsString() ? kind_value.As<Napi::String>().Utf8Value() : "";
  Pattern p;
  if (kind == "dense") {
    p.kind = PatternKind::dense;
  } else if (kind == "a_shape") {
    p.kind = PatternKind::a_shape;
    p.sink = budget(object, "sink", name, 0);
    p.window = budget(object, "window", name, 0);
  } else if (kind == "vertical_slash") {
    p.kind = PatternKind::vertical_slash;
    p.verticals = budget(object, "verticals", name, 0);
    p.slashes = budget(object, "slashes", name, 0);
    p.last_queries = budget(object, "lastQueries", name, 1);
    p.forced_sinks = budget(object, "forcedSinks", name, 0);
    p.forced_local = budget(object, "forcedLocal", name, 0);
  } else if (kind == "block_sparse") {
    p.kind = PatternKind::block_sparse;
    p.blocks = budget(object, "blocks", name, 0);
    p.block_size = budget(object, "blockSize", name, 1);
  } else {
    invalid(name + ".kind must be dense, a_shape, vertical_slash or block_sparse.");
  }
  check_pattern(p);
  return p;
}

Napi::Object pattern_value(Napi::Env env, const Pattern& p) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* key, int64_t v) { object.Set(key, Napi::Number::New(env, static_cast<double>(v))); };
  switch (p.kind) {
    case PatternKind::dense:
      object.Set("kind", "dense");
      break;
    case PatternKind::a_shape:
      object.Set("kind", "a_shape");
      set("sink", p.sink);
      set("window", p.window);
      break;
    case PatternKind::vertical_slash:
      object.Set("kind", "vertical_slash");
      set("verticals", p.verticals);
      set("slashes", p.slashes);
      set("lastQueries", p.last_queries);
      set("forcedSinks", p.forced_sinks);
      set("forcedLocal", p.forced_local);
      break;
    case PatternKind::block_sparse:
      object.Set("kind", "block_sparse");
      set("blocks", p.blocks);
      set("blockSize", p.block_size);
      break;
  }
  return object;
}

}  // namespace headscope::addon
