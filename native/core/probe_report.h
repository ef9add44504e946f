// What the prober writes and its parent reads: lines "key value", the last one "done". One struct, both directions, so that they
// cannot drift apart.
#pragma once

#include <optional>
#include <string>

#include "../backend.h"

namespace headscope {

struct ProbeReport {
  int32_t score = 0, architecture = 0;
  int64_t memory_bytes = 0;
  std::string device, reason;  // one line each
  uint32_t trusted = 0;
};

std::string probe_report_text(const ProbeReport& report);
// nothing where the text is not whole.
std::optional<ProbeReport> parse_probe_report(const std::string& text);

}  // namespace headscope
