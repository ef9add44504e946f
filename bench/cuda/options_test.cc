#include "options.h"

#include "kernels/check/check.h"

using namespace headscope::bench;

namespace {

std::string refused(const std::vector<std::string>& arguments) {
  try {
    parse_options(arguments);
    return "";
  } catch (const BadOption& e) {
    return e.what();
  }
}

HS_TEST("without options everything is measured") {
  const Options o = parse_options({});
  HS_CHECK(o.parts == kParts);
  HS_CHECK_EQ(o.rounds, 20);
  for (const std::string& part : kParts) HS_CHECK(o.wants(part));
}

HS_TEST("options are read, parts run in their own order") {
  const Options o = parse_options({"--parts", "gemm,attention", "--rounds", "3", "--longest", "16384", "--out", "a.md", "--commit", "abc", "--scratch", "/x"});
  HS_CHECK(o.parts == (std::vector<std::string>{"attention", "gemm"}));
  HS_CHECK(o.wants("gemm") && !o.wants("prefill"));
  HS_CHECK_EQ(o.rounds, 3);
  HS_CHECK_EQ(o.longest, 16384);
  HS_CHECK(o.out == "a.md" && o.commit == "abc" && o.scratch == "/x");
  HS_CHECK(parse_options({"--help"}).help);
}

HS_TEST("what is wrong is named") {
  HS_CHECK(refused({"--round", "3"}).find("'--round'") != std::string::npos);
  HS_CHECK(refused({"--rounds"}).find("needs a value") != std::string::npos);
  for (const char* value : {"0", "-1", "1001", "x", "3x", "", "1e3"}) HS_CHECK(refused({"--rounds", value}).find("--rounds takes") != std::string::npos);
  HS_CHECK(refused({"--parts", "attention,nothing"}).find("'nothing'") != std::string::npos);
  HS_CHECK(!refused({"--parts", ""}).empty());
}

}  // namespace
