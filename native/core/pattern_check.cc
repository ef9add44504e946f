#include "pattern_check.h"

#include <bit>
#include <string>

#include "error.h"

namespace headscope {
namespace {

void check_budget(int64_t value, int64_t lowest, const char* name) {
  if (value < lowest)
    throw Error("PATTERN_INVALID", std::string(name) + " is " + std::to_string(value) + "; it must be " + std::to_string(lowest) + " or more.");
}

}  // namespace

void check_pattern(const Pattern& p) {
  switch (p.kind) {
    case PatternKind::dense: return;
    case PatternKind::a_shape:
      check_budget(p.sink, 0, "sink");
      check_budget(p.window, 0, "window");
      return;
    case PatternKind::vertical_slash:
      check_budget(p.verticals, 0, "verticals");
      check_budget(p.slashes, 0, "slashes");
      check_budget(p.last_queries, 1, "lastQueries");
      check_budget(p.forced_sinks, 0, "forcedSinks");
      check_budget(p.forced_local, 0, "forcedLocal");
      return;
    case PatternKind::block_sparse:
      check_budget(p.blocks, 0, "blocks");
      if (p.block_size < 16 || p.block_size > 1024 || !std::has_single_bit(static_cast<uint64_t>(p.block_size)))
        throw Error("PATTERN_INVALID", "blockSize is " + std::to_string(p.block_size) + "; it must be a power of two from 16 to 1024.");
      return;
  }
}

}  // namespace headscope
