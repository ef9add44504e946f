#include "options.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace headscope::bench {
namespace {

int64_t number(const std::string& option, const std::string& text, int64_t least, int64_t most) {
  int64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc() || rest != end || n < least || n > most)
    throw BadOption(option + " takes a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", not '" + text + "'.");
  return n;
}

std::vector<std::string> part_list(const std::string& text) {
  std::vector<std::string> asked, parts;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    if (std::find(kParts.begin(), kParts.end(), name) == kParts.end()) throw BadOption("--parts: there is no part '" + name + "'.");
    asked.push_back(name);
  }
  if (asked.empty()) throw BadOption("--parts names no part.");
  for (const std::string& part : kParts)
    if (std::find(asked.begin(), asked.end(), part) != asked.end()) parts.push_back(part);
  return parts;
}

}  // namespace

bool Options::wants(const std::string& part) const { return std::find(parts.begin(), parts.end(), part) != parts.end(); }

Options parse_options(const std::vector<std::string>& arguments) {
  Options o;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    if (option == "--help") {
      o.help = true;
      continue;
    }
    static const char* const kKnown[] = {"--parts", "--rounds", "--longest", "--out", "--peers", "--scratch", "--commit", "--clocks", "--date"};
    if (std::find(std::begin(kKnown), std::end(kKnown), option) == std::end(kKnown)) throw BadOption("There is no option '" + option + "'.");
    if (i + 1 == arguments.size()) throw BadOption(option + " needs a value.");
    const std::string& value = arguments[++i];
    if (option == "--parts") o.parts = part_list(value);
    else if (option == "--rounds") o.rounds = static_cast<int>(number(option, value, 1, 1000));
    else if (option == "--longest") o.longest = number(option, value, 64, 1 << 24);
    else if (option == "--out") o.out = value;
    else if (option == "--peers") o.peers = value;
    else if (option == "--scratch") o.scratch = value;
    else if (option == "--commit") o.commit = value;
    else if (option == "--clocks") o.clocks = value;
    else o.date = value;
  }
  return o;
}

std::string usage() {
  return "cuda_bench [--parts attention,sparse,gemm,index,maps,prefill] [--rounds 20] [--longest TOKENS] [--out REPORT.md] [--peers ROWS.tsv]\n"
         "           [--scratch FOLDER] [--commit NAME] [--clocks TEXT] [--date YYYY-MM-DD]\n"
         "Exit status: 0 measured, 1 a row failed, 2 the command line is wrong, 77 there is no device.\n";
}

}  // namespace headscope::bench
