#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "error.h"

namespace headscope {

MappedFile::MappedFile(const std::string& path) : path_(path) {
  // O_NONBLOCK: a named pipe must be refused, not waited for.
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    const std::string why = std::strerror(errno);
    if (errno == ENOENT || errno == ENOTDIR) throw Error("FILE_NOT_FOUND", "There is no file " + path + ".");
    throw Error("FILE_UNREADABLE", "Cannot open " + path + ": " + why + ".");
  }
  // From here on a throw must release what is held, which the destructor of an unfinished object would not.
  MappedFile held(std::move(*this));
  struct stat status {};
  if (fstat(held.descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    throw Error("FILE_UNREADABLE", path + " is not a regular file.");
  held.size_ = status.st_size;
  if (held.size_ > 0) {
    void* p = mmap(nullptr, static_cast<size_t>(held.size_), PROT_READ, MAP_SHARED, held.descriptor_, 0);
    if (p == MAP_FAILED) throw Error("FILE_UNREADABLE", "Cannot map " + path + ": " + std::strerror(errno) + ".");
    held.data_ = static_cast<const std::byte*>(p);
  }
  swap(held);
}

MappedFile::~MappedFile() {
  if (data_) munmap(const_cast<std::byte*>(data_), static_cast<size_t>(size_));
  if (descriptor_ >= 0) close(descriptor_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept { swap(other); }

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  swap(other);
  return *this;
}

void MappedFile::swap(MappedFile& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
}

void MappedFile::check_size() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0 || status.st_size < size_)
    throw Error("CHECKPOINT_INVALID", path_ + " has become shorter since it was opened; open the model again.");
}

}  // namespace headscope
