#include "native/core/host_floats.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
  std::string path = "/tmp/headscope-spill-XXXXXX";
  TemporaryFolder() { HS_CHECK(mkdtemp(path.data()) != nullptr); }
  ~TemporaryFolder() { fs::remove_all(path); }
};

// Pages of this process that belong to files, in bytes.
int64_t file_pages() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "RssFile:") {
      int64_t kib = 0;
      status >> kib;
      return kib * 1024;
    }
  return -1;
}

}  // namespace

HS_TEST("an array in a file keeps its values when its pages leave memory, and leaves no file behind") {
  const TemporaryFolder folder;
  const int64_t count = 8 << 20;  // 32 MiB
  {
    const HostFloats array = file_floats(count, folder.path + "/made/for/it", "a test");
    for (int64_t i = 0; i < count; ++i) array[i] = static_cast<float>(i % 9973);
    const int64_t written = file_pages();
    release_pages(array);
    HS_CHECK(file_pages() < written - count * 2);
    bool same = true;
    for (int64_t i = 0; i < count; i += 511) same = same && array[i] == static_cast<float>(i % 9973);
    HS_CHECK(same);
    HS_CHECK(fs::is_empty(folder.path + "/made/for/it"));
  }
}

HS_TEST("a folder that cannot hold the array is refused with its name") {
  const TemporaryFolder folder;
  std::ofstream(folder.path + "/file") << "x";
  for (const auto& [count, place] : {std::pair<int64_t, std::string>{100, folder.path + "/file/below"}, {int64_t{1} << 58, folder.path}}) {
    std::string code, message;
    try {
      file_floats(count, place, "a test");
    } catch (const Error& e) {
      code = e.code();
      message = e.what();
    }
    HS_CHECK_EQ(code, std::string("FILE_WRITE_FAILED"));
    HS_CHECK(message.find(place) != std::string::npos);
    HS_CHECK(!fs::exists(place) || fs::is_regular_file(place) || fs::directory_iterator(place)->path().filename() == "file");
  }
}

HS_TEST("a run whose layer inputs lie in files answers to the bit what one in memory answers") {
  const TemporaryFolder folder;
  OpenTiny tiny(*cpu::backend(), TinyShape{});
  PrefillRequest request;
  request.tokens = tiny.llama.tokens(150);
  Job job;
  job.threads = 2;
  const auto memory = prefill(tiny.model, request, job);
  request.spill_folder = folder.path;
  const auto disk = prefill(tiny.model, request, job);
  const ModelSpec& s = tiny.model->spec();
  std::vector<float> a(static_cast<size_t>(150 * std::max(s.vocab_size, s.hidden_size))), b(a.size());
  for (int32_t l = 0; l <= s.layers; ++l) {
    memory->copy_layer_input(l, a.data());
    disk->copy_layer_input(l, b.data());
    HS_CHECK(a == b);
    if (l == s.layers) break;
    HS_CHECK_EQ(disk->layer(l, job)->rows(), int64_t{150});
  }
  memory->logits(0, 150, a.data(), job);
  disk->logits(0, 150, b.data(), job);
  HS_CHECK(a == b);
  HS_CHECK(fs::is_empty(folder.path));
}
