#include "loadable_backend.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "child_process.h"
#include "error.h"
#include "probe_report.h"

namespace headscope {
namespace {

std::string describe(const std::string& name, const ProbeReport& report) {
  if (report.device.empty()) return name;
  std::string text = report.device;
  if (report.architecture > 0) text += ", sm_" + std::to_string(report.architecture);
  if (report.memory_bytes > 0) {
    char size[32];
    std::snprintf(size, sizeof size, ", %.1f GiB", static_cast<double>(report.memory_bytes) / (1024.0 * 1024 * 1024));
    text += size;
  }
  return text;
}

std::string how_it_ended(const ChildEnd& end, std::chrono::milliseconds time) {
  if (end.timed_out) return "did not answer in " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
  if (WIFSIGNALED(end.status)) return std::string("died when it was tried (") + strsignal(WTERMSIG(end.status)) + ")";
  return "ended the process that tried it (status " + std::to_string(WEXITSTATUS(end.status)) + ")";
}

}  // namespace

std::vector<std::string> backend_places(const std::string& name, const std::string& folder, const char* asked) {
  if (asked && *asked) return {asked};
  const std::string file = "libheadscope_" + name + ".so";
  return {folder + "/" + file, folder + "/../" + name + "/" + file};
}

FoundBackend find_backend(const std::string& name, const std::vector<std::string>& places, const std::string& prober, std::chrono::milliseconds time) {
  FoundBackend found;
  found.name = found.description = name;
  for (const std::string& place : places)
    if (found.path.empty() && access(place.c_str(), R_OK) == 0) found.path = place;
  if (found.path.empty()) {
    found.reason = "No " + name + " library was found.";
    return found;
  }
  const ChildEnd end = hear_child({prober, found.path}, "\ndone\n", time);
  if (!end.started) {
    found.reason = "The " + name + " library cannot be tried: the program for it is not beside the engine.";
    return found;
  }
  const auto report = parse_probe_report(end.said);
  if (!report) {
    found.reason = "The " + name + " library " + how_it_ended(end, time) + ".";
    return found;
  }
  found.description = describe(name, *report);
  found.score = report->score;
  found.reason = report->reason;
  found.trusted = report->trusted;
  if (found.score <= 0 && found.reason.empty()) found.reason = "The " + name + " library does not say why.";
  if (found.score > 0) found.reason.clear();
  return found;
}

const FoundBackend* best_backend(const std::vector<FoundBackend>& found) {
  const FoundBackend* best = nullptr;
  for (const FoundBackend& f : found)
    if (f.score > 0 && (!best || f.score > best->score)) best = &f;
  return best;
}

const headscope_backend_v1& load_backend(const FoundBackend& found) {
  const auto refuse = [&](const std::string& why) { throw Error("BACKEND_UNAVAILABLE", "The " + found.name + " backend cannot be used: " + why); };
  if (found.score <= 0) refuse(found.reason);
  void* library = dlopen(found.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(dlerror());
  const auto entry = reinterpret_cast<headscope_backend_entry>(dlsym(library, HEADSCOPE_BACKEND_SYMBOL));
  const headscope_backend_v1* table = entry ? entry(found.trusted) : nullptr;
  if (const std::string fault = table_fault(table); !fault.empty()) refuse(fault);
  return *table;
}

}  // namespace headscope
