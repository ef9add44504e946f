// A whole file mapped read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace headscope {

// The pages are the file's own: nothing is copied, and the kernel may drop and reread them. A file that shrinks while it is
// mapped makes reads past its new end fatal; the size is therefore checked when it is opened and again by check_size().
class MappedFile {
 public:
  // Throws FILE_NOT_FOUND (no such file), FILE_UNREADABLE (no permission, not a regular file, the map failed).
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::string& path() const { return path_; }
  const std::byte* data() const { return data_; }  // nullptr for an empty file
  int64_t size() const { return size_; }
  // Throws CHECKPOINT_INVALID if the file is now shorter than it was when it was opened.
  void check_size() const;

 private:
  void swap(MappedFile& other) noexcept;
  std::string path_;
  int descriptor_ = -1;
  const std::byte* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace headscope
