// How C++ failures become JavaScript errors: every entry of the addon runs inside guard().
#pragma once

#include <napi.h>

#include <string>

namespace headscope::addon {

// A failure on its way to JavaScript: a code of the protocol's closed union and a sentence.
struct Failure {
  std::string code, message;
};

// Of the exception being handled: Error keeps its code, bad_alloc is OUT_OF_MEMORY, anything else INTERNAL. Call inside a catch block.
Failure current_failure() noexcept;

// An Error with `code`. nullptr where the environment can no longer make one (it is being torn down).
napi_value js_error(napi_env env, const Failure& failure) noexcept;

// Runs body() and throws what it throws as a JavaScript exception. A JavaScript exception (Napi::Error: a getter of an argument
// threw, say) passes unchanged.
template <class Body>
napi_value guard(napi_env env, Body&& body) noexcept {
  Failure failure;
  try {
    return body();
  } catch (const Napi::Error& error) {
    napi_throw(env, error.Value());
    return nullptr;
  } catch (...) {
    failure = current_failure();
  }
  if (napi_value error = js_error(env, failure)) napi_throw(env, error);
  return nullptr;
}

}  // namespace headscope::addon
