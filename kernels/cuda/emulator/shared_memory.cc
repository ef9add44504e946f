#include "shared_memory.h"

#include <cstring>

namespace headscope::emulator {

SharedMemory::SharedMemory(int64_t bytes, const Clocks& clocks, std::function<void(const std::string&)> fail)
    : bytes_(bytes), clocks_(clocks), fail_(std::move(fail)), data_(static_cast<size_t>(bytes), std::byte{0xff}), cells_((bytes + kCell - 1) / kCell) {}

void SharedMemory::check_range(const char* what, uint32_t address, int size, int align) {
  if (address + static_cast<int64_t>(size) > bytes_)
    fail_(std::string(what) + " of " + std::to_string(size) + " bytes at byte " + std::to_string(address) + " of shared memory, which has " +
          std::to_string(bytes_));
  if (address % align) fail_(std::string(what) + " at byte " + std::to_string(address) + " of shared memory is not aligned to " + std::to_string(align));
}

void SharedMemory::race(const char* what, int by, uint32_t address, const char* other, const Stamp& who) {
  fail_("race in shared memory at byte " + std::to_string(address) + ": the " + what + " by thread " + std::to_string(by) + " is not ordered after the " + other + " by " +
        (clocks_.is_unit(who) ? "a tensor copy or a product: wait for it" : "thread " + std::to_string(who.thread)));
  __builtin_unreachable();
}

void SharedMemory::check_order(const char* what, int by, const Cell& cell, uint32_t address, bool write, bool atomic) {
  if (cell.kind == kCopying)
    fail_(std::string(what) + " by thread " + std::to_string(by) + " at byte " + std::to_string(address) +
          " of shared memory, into which a copy is under way: wait for it first");
  if (cell.kind == kUnwritten && !write)
    fail_(std::string(what) + " by thread " + std::to_string(by) + " at byte " + std::to_string(address) + " of shared memory, which nobody wrote");
  if (!clocks_.before(cell.write, by)) race(what, by, address, "write", cell.write);
  const auto check_use = [&](const Stamp& s) {
    const bool conflict = write || s.atomic != atomic;
    if (conflict && !clocks_.before(s, by)) race(what, by, address, s.atomic ? "atomic" : "load", s);
  };
  if (cell.uses < 0) return check_use(cell.use);
  for (const Stamp& s : many_[cell.uses]) check_use(s);
}

void SharedMemory::note_use(int by, const Stamp& now, Cell& cell) {
  // A use that this one is ordered after need not be kept: whoever is ordered after this one is after both.
  const auto replaces = [&](const Stamp& s) { return s.thread < 0 || (s.atomic == now.atomic && (s.thread == now.thread || clocks_.before(s, by))); };
  if (cell.uses < 0) {
    if (replaces(cell.use)) {
      cell.use = now;
      return;
    }
    if (free_.empty()) {
      free_.push_back(static_cast<int32_t>(many_.size()));
      many_.emplace_back();
    }
    cell.uses = free_.back();
    free_.pop_back();
    many_[cell.uses].push_back(cell.use);
  }
  for (Stamp& s : many_[cell.uses])
    if (replaces(s)) {
      s = now;
      return;
    }
  many_[cell.uses].push_back(now);
}

void SharedMemory::note_write(const Stamp& now, Cell& cell, Kind kind) {
  cell.write = now;
  cell.use = {};
  cell.kind = kind;
  if (cell.uses >= 0) {
    many_[cell.uses].clear();
    free_.push_back(cell.uses);
    cell.uses = -1;
  }
}

void SharedMemory::load(int by, uint32_t address, int size, int align, void* to) {
  check_range("load", address, size, align);
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) {
    check_order("load", by, cells_[c], c * kCell, false, false);
    note_use(by, clocks_.stamp(by), cells_[c]);
  }
  std::memcpy(to, data_.data() + address, static_cast<size_t>(size));
}

void SharedMemory::store(int by, uint32_t address, int size, int align, const void* from) {
  check_range("store", address, size, align);
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) {
    check_order("store", by, cells_[c], c * kCell, true, false);
    note_write(clocks_.stamp(by), cells_[c], kWritten);
  }
  std::memcpy(data_.data() + address, from, static_cast<size_t>(size));
}

void* SharedMemory::atomic(int by, uint32_t address, int size) {
  check_range("atomic", address, size, size);
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) {
    check_order("atomic", by, cells_[c], c * kCell, false, true);
    Stamp now = clocks_.stamp(by);
    now.atomic = true;
    note_use(by, now, cells_[c]);
  }
  return data_.data() + address;
}

void SharedMemory::begin_copy(int by, uint32_t address, int size, int align) {
  check_range("copy", address, size, align);
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) {
    check_order("copy", by, cells_[c], c * kCell, true, false);
    note_write(clocks_.stamp(by), cells_[c], kCopying);
  }
  std::memset(data_.data() + address, 0xff, static_cast<size_t>(size));
}

void SharedMemory::finish_copy(int by, uint32_t address, int size, const void* from) {
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) note_write(clocks_.stamp(by), cells_[c], kWritten);
  if (from) std::memcpy(data_.data() + address, from, static_cast<size_t>(size));
  else std::memset(data_.data() + address, 0, static_cast<size_t>(size));
}

void SharedMemory::unit_load(int by, const Stamp& stamp, uint32_t address, int size, int align, void* to) {
  check_range("load", address, size, align);
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) {
    check_order("load", by, cells_[c], c * kCell, false, false);
    if (!clocks_.visible_to_units(cells_[c].write, by))
      fail_("byte " + std::to_string(c * kCell) + " of shared memory was stored by thread " + std::to_string(cells_[c].write.thread) +
            " without a proxy fence after it: the unit may not see it");
    note_use(by, stamp, cells_[c]);
  }
  std::memcpy(to, data_.data() + address, static_cast<size_t>(size));
}

void SharedMemory::unit_store(const Stamp& stamp, uint32_t address, int size, const void* from) {
  for (uint32_t c = address / kCell; c < (address + size + kCell - 1) / kCell; ++c) note_write(stamp, cells_[c], kWritten);
  std::memcpy(data_.data() + address, from, static_cast<size_t>(size));
}

}  // namespace headscope::emulator
