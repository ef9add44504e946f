// The loader against real libraries: one that works, and one for each way to misbehave (doubles/backend_double.cc).
#include "loadable_backend.h"

#include <chrono>
#include <fstream>

#include "../../kernels/check/check.h"
#include "error.h"
#include "probe_report.h"

using headscope::best_backend;
using headscope::find_backend;
using headscope::FoundBackend;
using headscope::load_backend;

namespace {

std::string library(const std::string& name) { return std::string(HS_DOUBLES) + "/libdouble_" + name + ".so"; }
FoundBackend find(const std::string& name, std::chrono::milliseconds time = headscope::kProbeTime) {
  return find_backend("cuda", {library(name)}, HS_PROBER, time);
}
std::string refusal(const FoundBackend& found) {
  try {
    load_backend(found);
    return "";
  } catch (const headscope::Error& e) {
    HS_CHECK_EQ(std::string(e.code()), "BACKEND_UNAVAILABLE");
    return e.what();
  }
}

HS_TEST("a library that works is found, described and loaded") {
  const FoundBackend found = find("works");
  HS_CHECK_EQ(found.reason, "");
  HS_CHECK_EQ(found.score, 80);
  HS_CHECK_EQ(found.description, "Double, sm_80, 24.0 GiB");
  const headscope_backend_v1& table = load_backend(found);
  HS_CHECK_EQ(std::string(table.name), "double");
  HS_CHECK_EQ(std::string(table.description), "trusts what it tried");
  void* p = nullptr;
  HS_CHECK_EQ(table.alloc(64, &p), HS_OK);
  table.release(p);
}

HS_TEST("of several usable libraries the highest score is taken") {
  const std::vector<FoundBackend> all = {find("works"), find("scores_higher"), find("no_device")};
  HS_CHECK(best_backend(all) == &all[1]);
  HS_CHECK(best_backend({}) == nullptr);
  const std::vector<FoundBackend> none = {all[2]};
  HS_CHECK(best_backend(none) == nullptr);
}

HS_TEST("the first place that has a library is tried, and none is said") {
  const FoundBackend second = find_backend("cuda", {library("absent"), library("works"), library("wrong_abi")}, HS_PROBER);
  HS_CHECK_EQ(second.path, library("works"));
  HS_CHECK_EQ(second.score, 80);
  const FoundBackend none = find_backend("cuda", {library("absent")}, HS_PROBER);
  HS_CHECK_EQ(none.path, "");
  HS_CHECK_EQ(none.reason, "No cuda library was found.");
  HS_CHECK(!refusal(none).empty());
}

HS_TEST("a machine without a device is what the library says, in one line") {
  const FoundBackend found = find("no_device");
  HS_CHECK_EQ(found.score, -1);
  HS_CHECK_EQ(found.reason, "There is no device of this kind.");
  HS_CHECK(refusal(found).find("There is no device of this kind.") != std::string::npos);
}

HS_TEST("libraries of another version, size or without a function are named as such") {
  const std::string next = std::to_string(HEADSCOPE_BACKEND_ABI + 1), own = std::to_string(HEADSCOPE_BACKEND_ABI);
  const struct {
    const char* name;
    std::string part;
  } cases[] = {{"wrong_abi", "It is of version " + next + "; this program needs " + own + "."},
               {"wrong_size", "Its table has "},
               {"incomplete", "It has no gemm, surface."},
               {"gives_no_table", "this machine cannot run it"},
               {"is_none", "not a backend of Headscope"}};
  for (const auto& [name, part] : cases) {
    const FoundBackend found = find(name);
    HS_CHECK_EQ(found.score, 0);
    if (found.reason.find(part) == std::string::npos) headscope::testing::fail(name, 0, found.reason);
    HS_CHECK(!refusal(found).empty());
    // Whoever loads it without having tried it is refused as well.
    FoundBackend untried{"cuda", library(name), "cuda", "", 1};
    HS_CHECK(!refusal(untried).empty());
  }
}

HS_TEST("a library that crashes, exits, prints or hangs costs a child and is named as such") {
  for (const char* name : {"crashes_at_load", "crashes_at_probe", "prints"}) {
    const FoundBackend found = find(name);
    HS_CHECK_EQ(found.score, 0);
    if (found.reason.find("died when it was tried") == std::string::npos) headscope::testing::fail(name, 0, found.reason);
  }
  HS_CHECK(find("exits_at_probe").reason.find("status 3") != std::string::npos);
  const auto start = std::chrono::steady_clock::now();
  HS_CHECK(find("hangs_at_probe", std::chrono::seconds(1)).reason.find("did not answer in 1 s") != std::string::npos);
  HS_CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

HS_TEST("a file that is no library, and a missing prober, are said") {
  const std::string text = std::string(HS_DOUBLES) + "/text.so";
  std::ofstream(text) << "not a library";
  HS_CHECK(find_backend("cuda", {text}, HS_PROBER).reason.find("does not load") != std::string::npos);
  HS_CHECK(find_backend("cuda", {library("works")}, std::string(HS_PROBER) + "-absent").reason.find("cannot be tried") != std::string::npos);
}

HS_TEST("places: what the environment names, else beside the addon and in its build") {
  HS_CHECK(headscope::backend_places("cuda", "/a/release", "/x.so") == std::vector<std::string>{"/x.so"});
  HS_CHECK((headscope::backend_places("cuda", "/a/release", "") ==
            std::vector<std::string>{"/a/release/libheadscope_cuda.so", "/a/release/../cuda/libheadscope_cuda.so"}));
}

HS_TEST("a report survives the way there and back, and half of one is none") {
  const std::string text = headscope::probe_report_text({90, 90, int64_t{150} << 30, "A device\nof two lines", "no\treason"});
  const auto back = headscope::parse_probe_report(text);
  HS_CHECK(back.has_value());
  HS_CHECK_EQ(back->memory_bytes, int64_t{150} << 30);
  HS_CHECK_EQ(back->device, "A device of two lines");
  HS_CHECK_EQ(back->reason, "no reason");
  HS_CHECK(!headscope::parse_probe_report(text.substr(0, text.size() - 6)).has_value());
}

}  // namespace
