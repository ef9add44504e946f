#include "probe_report.h"

#include <cstdlib>
#include <sstream>

namespace headscope {
namespace {

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

}  // namespace

std::string probe_report_text(const ProbeReport& r) {
  return "score " + std::to_string(r.score) + "\narchitecture " + std::to_string(r.architecture) + "\nmemory " + std::to_string(r.memory_bytes) + "\ndevice " +
         one_line(r.device) + "\nreason " + one_line(r.reason) + "\ntrusted " + std::to_string(r.trusted) + "\ndone\n";
}

std::optional<ProbeReport> parse_probe_report(const std::string& text) {
  ProbeReport r;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == "done") return r;
    const size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string key = line.substr(0, space), value = line.substr(space + 1);
    if (key == "score") r.score = std::atoi(value.c_str());
    else if (key == "architecture") r.architecture = std::atoi(value.c_str());
    else if (key == "memory") r.memory_bytes = std::atoll(value.c_str());
    else if (key == "device") r.device = value;
    else if (key == "reason") r.reason = value;
    else if (key == "trusted") r.trusted = static_cast<uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
  }
  return std::nullopt;
}

}  // namespace headscope
