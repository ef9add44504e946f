// A failure with a code of the protocol's closed union (engine/protocol/errors.ts) and a sentence: what, where, what to do.
#pragma once

#include <stdexcept>
#include <string>

#include "../backend.h"

namespace headscope {

class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;  // a string literal
};

// Throws the coded error that a backend's status stands for; HS_OK returns.
inline void check(const headscope_backend_v1& backend, hs_status status) {
  switch (status) {
    case HS_OK: return;
    case HS_CANCELLED: throw Error("CANCELLED", "The job was cancelled.");
    case HS_OUT_OF_MEMORY: throw Error("OUT_OF_MEMORY", backend.last_error());
    case HS_LOST: throw Error("BACKEND_LOST", backend.last_error());
    case HS_INVALID:
    case HS_UNSUPPORTED: break;
  }
  throw Error("INTERNAL", std::string("The ") + backend.name + " backend refused a call: " + backend.last_error());
}

}  // namespace headscope
