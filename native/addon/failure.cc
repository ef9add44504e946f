#include "failure.h"

#include <exception>
#include <new>

#include "native/core/error.h"

namespace headscope::addon {

Failure current_failure() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {"OUT_OF_MEMORY", "The system has no memory left for this. Close other runs and layers, or ask for fewer rows."};
  } catch (const std::exception& error) {
    return {"INTERNAL", std::string("The native engine failed: ") + error.what()};
  } catch (...) {
    return {"INTERNAL", "The native engine failed without saying why."};
  }
}

napi_value js_error(napi_env env, const Failure& failure) noexcept {
  napi_value code = nullptr, message = nullptr, error = nullptr;
  if (napi_create_string_utf8(env, failure.code.data(), failure.code.size(), &code) != napi_ok) return nullptr;
  if (napi_create_string_utf8(env, failure.message.data(), failure.message.size(), &message) != napi_ok) return nullptr;
  if (napi_create_error(env, code, message, &error) != napi_ok) return nullptr;  // sets error.code
  return error;
}

}  // namespace headscope::addon
