#include "machine.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace headscope {
namespace {

// The folders of this process's control group (version 2), from its own up to the root: a limit of any of them binds.
std::vector<std::string> control_groups() {
  std::string own = "/";
  std::ifstream membership("/proc/self/cgroup");
  for (std::string line; std::getline(membership, line);)
    if (line.rfind("0::", 0) == 0) own = line.substr(3);
  std::vector<std::string> folders;
  for (std::string path = own; path.size() > 1; path.resize(path.rfind('/'))) folders.push_back("/sys/fs/cgroup" + path);
  folders.push_back("/sys/fs/cgroup");
  return folders;
}

// The number after `key` in a file of "key value" lines; the file's first number for an empty key. -1 where there is none ("max" is not one).
int64_t number_in(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  if (!key.empty())
    while (file >> word && word != key) {
    }
  int64_t value = -1;
  return file >> value ? value : -1;
}

}  // namespace

int32_t hardware_threads() {
  int32_t threads = static_cast<int32_t>(std::thread::hardware_concurrency());
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) threads = CPU_COUNT(&set);
  for (const std::string& folder : control_groups()) {
    std::ifstream file(folder + "/cpu.max");
    double quota, period;
    if (file >> quota >> period && period > 0) threads = std::min(threads, static_cast<int32_t>(std::ceil(quota / period)));
  }
  return std::max(threads, 1);
}

int64_t available_bytes() {
  const int64_t kilobytes = number_in("/proc/meminfo", "MemAvailable:");
  int64_t bytes = kilobytes > 0 ? kilobytes * 1024 : 0;
  for (const std::string& folder : control_groups()) {
    const int64_t limit = number_in(folder + "/memory.max", ""), used = number_in(folder + "/memory.current", "");
    if (limit < 0 || used < 0) continue;
    // Cached file pages count as used but are given back when asked for.
    const int64_t left = limit - used + std::max<int64_t>(0, number_in(folder + "/memory.stat", "inactive_file"));
    bytes = bytes ? std::min(bytes, std::max<int64_t>(0, left)) : std::max<int64_t>(0, left);
  }
  return bytes;
}

}  // namespace headscope
