#include "global_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace headscope::emulator {
namespace {

struct Allocation {
  char* mapping;
  size_t mapped;
  int64_t bytes;
};
struct Allocations {
  std::mutex mutex;
  std::map<const char*, Allocation> all;
};
Allocations& allocations() {
  static Allocations a;
  return a;
}

}  // namespace

void* allocate(int64_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t held = (static_cast<size_t>(bytes < 1 ? 1 : bytes) + 15) / 16 * 16;
  const size_t pages = (held + page - 1) / page * page;
  void* mapped = mmap(nullptr, pages + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* base = static_cast<char*>(mapped);
  mprotect(base, page, PROT_NONE);
  mprotect(base + page + pages, page, PROT_NONE);
  char* start = base + page + pages - held;
  std::memset(start, 0xff, held);
  Allocations& a = allocations();
  const std::lock_guard lock(a.mutex);
  a.all[start] = {base, pages + 2 * page, bytes};
  return start;
}

void release(void* p) {
  if (!p) return;
  Allocations& a = allocations();
  const std::lock_guard lock(a.mutex);
  const auto found = a.all.find(static_cast<const char*>(p));
  if (found == a.all.end()) return;
  munmap(found->second.mapping, found->second.mapped);
  a.all.erase(found);
}

std::string outside_allocations(const void* p, int64_t bytes) {
  const auto* at = static_cast<const char*>(p);
  Allocations& a = allocations();
  const std::lock_guard lock(a.mutex);
  auto next = a.all.upper_bound(at);
  if (next == a.all.begin()) return "of memory that is no device allocation";
  const auto& [start, held] = *std::prev(next);
  const int64_t offset = at - start;
  if (offset + bytes <= held.bytes) return "";
  return "at byte " + std::to_string(offset) + ", past the end of an allocation of " + std::to_string(held.bytes) + " bytes";
}

}  // namespace headscope::emulator
