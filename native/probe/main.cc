// headscope-probe LIBRARY: loads a backend, lets it try the machine, and prints what it found (native/core/probe_report.h). A
// process of its own, because a driver may crash or hang; the engine starts it and reads its output.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "native/core/loadable_backend.h"
#include "native/core/probe_report.h"

namespace {

headscope::ProbeReport probe(const char* path) {
  headscope::ProbeReport report;
  const auto refused = [&](const std::string& why) {
    report.score = 0;
    report.reason = why;
    return report;
  };
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return refused(std::string("The library does not load: ") + dlerror());
  const auto ask = reinterpret_cast<headscope_probe_entry>(dlsym(library, HEADSCOPE_PROBE_SYMBOL));
  const auto entry = reinterpret_cast<headscope_backend_entry>(dlsym(library, HEADSCOPE_BACKEND_SYMBOL));
  if (!ask || !entry) return refused("The library is not a backend of Headscope.");

  hs_backend_probe answer{};
  answer.abi = HEADSCOPE_BACKEND_ABI;
  answer.size = sizeof answer;
  ask(&answer);
  answer.device[sizeof answer.device - 1] = answer.reason[sizeof answer.reason - 1] = '\0';
  report = {answer.score, answer.architecture, answer.memory_bytes, answer.device, answer.reason, answer.trusted};
  if (report.score <= 0) return report;
  if (const std::string fault = headscope::table_fault(entry(answer.trusted)); !fault.empty()) return refused(fault);
  return report;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  // What a library prints must not pass for the report.
  const int report_to = dup(1);
  dup2(2, 1);
  const std::string text = headscope::probe_report_text(probe(arguments[1]));
  for (size_t written = 0; written < text.size();) {
    const ssize_t n = write(report_to, text.data() + written, text.size() - written);
    if (n <= 0) return 1;
    written += static_cast<size_t>(n);
  }
  _exit(0);  // a driver's destructors are nobody's concern here
}
