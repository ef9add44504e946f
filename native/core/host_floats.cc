#include "host_floats.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

#include "error.h"

namespace headscope {
namespace {

struct OpenFile {
  int descriptor;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
};

[[noreturn]] void no_room(int64_t bytes, const std::string& folder, const char* purpose, int error) {
  throw Error("FILE_WRITE_FAILED", "There is no room for " + std::string(purpose) + " (" + std::to_string(bytes) + " bytes) in " + folder + ": " +
                                       std::strerror(error) + ". Free some, or set XDG_CACHE_HOME to a folder on a larger disk.");
}

// O_TMPFILE is not there on every file system; a named file that is unlinked at once is.
int unnamed_file(const std::string& folder) {
  std::string name = folder + "/layer-inputs-XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor >= 0) {
    unlink(name.c_str());
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  return descriptor;
}

}  // namespace

void FreeHostFloats::operator()(float* array) const {
  if (mapped_bytes > 0)
    munmap(array, static_cast<size_t>(mapped_bytes));
  else
    delete[] array;
}

HostFloats host_floats(int64_t count, const char* purpose) {
  float* const array = new (std::nothrow) float[static_cast<size_t>(count)];
  if (!array) throw Error("OUT_OF_MEMORY", "There is no memory for " + std::string(purpose) + " (" + std::to_string(count * 4) + " bytes).");
  return HostFloats(array);
}

HostFloats file_floats(int64_t count, const std::string& folder, const char* purpose) {
  const int64_t bytes = count * static_cast<int64_t>(sizeof(float));
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) no_room(bytes, folder, purpose, made.value());
  const OpenFile file{unnamed_file(folder)};
  if (file.descriptor < 0) no_room(bytes, folder, purpose, errno);
  // A write to a mapping that finds the disk full would end the process, so the room is taken here.
  if (const int error = posix_fallocate(file.descriptor, 0, bytes)) no_room(bytes, folder, purpose, error);
  void* const mapped = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0);
  if (mapped == MAP_FAILED) no_room(bytes, folder, purpose, errno);
  return HostFloats(static_cast<float*>(mapped), FreeHostFloats{bytes});
}

void release_pages(const HostFloats& array) {
  const int64_t bytes = array.get_deleter().mapped_bytes;
  if (bytes > 0) madvise(array.get(), static_cast<size_t>(bytes), MADV_DONTNEED);
}

}  // namespace headscope
