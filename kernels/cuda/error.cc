#include "runtime.h"

namespace headscope::cuda {
namespace {

thread_local std::string last_message;

}  // namespace

hs_status fail(hs_status status, const std::string& message) {
  last_message = message;
  return status;
}
const char* last_error() { return last_message.c_str(); }

}  // namespace headscope::cuda
