#include "paths.h"

#include <cstring>

namespace headscope::cuda {
namespace {

uint32_t in_use = 0;

}  // namespace

uint32_t hopper_in_use() { return in_use; }
void use_hopper(uint32_t parts) { in_use = parts & kHopperParts; }

uint32_t hopper_parts_for(uint32_t agreeing, int architecture, const char* asked) {
  if (architecture != 90) return 0;
  if (asked && !std::strcmp(asked, "mma")) return 0;
  if (asked && !std::strcmp(asked, "hopper")) return kHopperParts;
  return agreeing & kHopperParts;
}

}  // namespace headscope::cuda
