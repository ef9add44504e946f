#include "native/core/mapped_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "kernels/check/check.h"
#include "native/core/error.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using headscope::test::TemporaryFile;

namespace {

std::string code_of(const std::string& path) {
  try {
    MappedFile file(path);
    return "opened";
  } catch (const Error& e) {
    HS_CHECK(std::string(e.what()).find(path) != std::string::npos);
    return e.code();
  }
}

}  // namespace

HS_TEST("a file is mapped whole") {
  std::vector<char> bytes(10007);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 % 251);
  const TemporaryFile on_disk(bytes);
  MappedFile file(on_disk.path());
  HS_CHECK_EQ(file.size(), int64_t{10007});
  HS_CHECK(std::memcmp(file.data(), bytes.data(), bytes.size()) == 0);
  MappedFile moved(std::move(file));
  HS_CHECK(std::memcmp(moved.data(), bytes.data(), bytes.size()) == 0);
  HS_CHECK_EQ(moved.path(), on_disk.path());
}

HS_TEST("an empty file has no bytes") {
  const TemporaryFile on_disk({});
  const MappedFile file(on_disk.path());
  HS_CHECK_EQ(file.size(), int64_t{0});
}

HS_TEST("what cannot be mapped is named with a code, and a pipe is not waited for") {
  HS_CHECK_EQ(code_of("/tmp/no-such-folder-of-headscope/model.safetensors"), std::string("FILE_NOT_FOUND"));
  HS_CHECK_EQ(code_of("/tmp"), std::string("FILE_UNREADABLE"));
  const std::string pipe = "/tmp/headscope-test-pipe-" + std::to_string(getpid());
  HS_CHECK_EQ(mkfifo(pipe.c_str(), 0600), 0);
  HS_CHECK_EQ(code_of(pipe), std::string("FILE_UNREADABLE"));
  std::remove(pipe.c_str());
  if (geteuid() != 0) {
    const TemporaryFile closed({'x'});
    chmod(closed.path().c_str(), 0);
    HS_CHECK_EQ(code_of(closed.path()), std::string("FILE_UNREADABLE"));
  }
}

HS_TEST("a file that shrinks after it was opened is noticed") {
  const TemporaryFile on_disk(std::vector<char>(5000, 'a'));
  const MappedFile file(on_disk.path());
  file.check_size();
  HS_CHECK_EQ(truncate(on_disk.path().c_str(), 100), 0);
  try {
    file.check_size();
    HS_CHECK(!"noticed");
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string("CHECKPOINT_INVALID"));
  }
}
