// A block's shared memory with a record of every two bytes: who wrote them, who has read them since, and whether a copy is on its
// way into them. An access that is out of bounds, misaligned, unordered with another one, of bytes nobody wrote or of bytes still
// being copied fails the launch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "clocks.h"

namespace headscope::emulator {

class SharedMemory {
 public:
  // fail(message) does not return.
  SharedMemory(int64_t bytes, const Clocks& clocks, std::function<void(const std::string&)> fail);

  int64_t size() const { return bytes_; }

  // `by`: a thread of the clocks. address: bytes from the start; `size` bytes, aligned to `align`.
  void load(int by, uint32_t address, int size, int align, void* to);
  void store(int by, uint32_t address, int size, int align, const void* from);
  // Reads and writes without a race against other atomic accesses: what it returns may be changed in place.
  void* atomic(int by, uint32_t address, int size);

  // A copy sets out: from here to finish_copy() nobody may touch these bytes, which hold NaN.
  void begin_copy(int by, uint32_t address, int size, int align);
  // The bytes arrive; ordered as a write by `by`. from nullptr: zeros.
  void finish_copy(int by, uint32_t address, int size, const void* from);

  // A unit beside the threads (Clocks), set to work by thread `by`, reads: `stamp` is the unit's.
  void unit_load(int by, const Stamp& stamp, uint32_t address, int size, int align, void* to);
  // The bytes of a unit's copy, begun with begin_copy(), arrive.
  void unit_store(const Stamp& stamp, uint32_t address, int size, const void* from);

 private:
  static constexpr int kCell = 2;  // bytes
  enum Kind : uint8_t { kUnwritten, kWritten, kCopying };
  struct Cell {
    Stamp write;
    Stamp use;             // the one reader (or atomic) since the write, where there is one
    int32_t uses = -1;     // else an index of many_
    Kind kind = kUnwritten;
  };

  void check_range(const char* what, uint32_t address, int size, int align);
  // Fails where an earlier access is not ordered before this one by thread `by`. `write`, `atomic`: what this one is.
  void check_order(const char* what, int by, const Cell& cell, uint32_t address, bool write, bool atomic);
  void note_use(int by, const Stamp& now, Cell& cell);
  void note_write(const Stamp& now, Cell& cell, Kind kind);
  [[noreturn]] void race(const char* what, int by, uint32_t address, const char* other, const Stamp& who);

  int64_t bytes_;
  const Clocks& clocks_;
  std::function<void(const std::string&)> fail_;
  std::vector<std::byte> data_;
  std::vector<Cell> cells_;
  std::vector<std::vector<Stamp>> many_;  // readers of cells that several threads read
  std::vector<int32_t> free_;
};

}  // namespace headscope::emulator
