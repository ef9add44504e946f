#include "report.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace headscope::bench {
namespace {

std::string number(double x, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}
std::string milliseconds(double ms) { return number(ms, ms < 10 ? 3 : ms < 1000 ? 1 : 0); }
std::string tera(double flops, double ms) { return flops > 0 ? number(flops / ms * 1e-9, 1) : ""; }

// Nothing of a cell may end the cell or the line.
std::string cell(std::string text) {
  for (char& c : text)
    if (c == '|' || static_cast<unsigned char>(c) < ' ') c = c == '|' ? '/' : ' ';
  return text;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == by) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

double parsed(const std::string& text) {
  char* end = nullptr;
  const double x = std::strtod(text.c_str(), &end);
  if (text.empty() || *end || !(x >= 0)) throw std::runtime_error("'" + text + "' is not a number of 0 or more");
  return x;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<Row> read_rows(std::istream& in) {
  std::vector<Row> rows;
  int at = 0;
  for (std::string line; std::getline(in, line);) {
    ++at;
    if (line.empty()) continue;
    const auto refuse = [&](const std::string& why) { throw std::runtime_error("line " + std::to_string(at) + " of the peers' rows: " + why); };
    const std::vector<std::string> cells = split(line, '\t');
    if (cells.size() != 7) refuse("it has " + std::to_string(cells.size()) + " cells, not 7");
    try {
      Row r{cells[0], cells[1], cells[2], {}, parsed(cells[4]), parsed(cells[5]), -1, cells[6]};
      if (!cells[3].empty())
        for (const std::string& ms : split(cells[3], ',')) r.ms.push_back(parsed(ms));
      rows.push_back(std::move(r));
    } catch (const std::runtime_error& e) {
      refuse(e.what());
    }
  }
  return rows;
}

std::string markdown(const Options& options, const Facts& facts, const std::vector<Row>& rows) {
  std::string text = "# CUDA benchmark: " + cell(facts.device) + ", " + options.date + "\n\nCommit " + options.commit + ", driver for CUDA " + facts.driver + ", " +
                     number(static_cast<double>(facts.memory_bytes) / (1024.0 * 1024 * 1024), 1) + " GiB, clocks before and after: " + options.clocks +
                     ".\nRandom data, " + std::to_string(options.rounds) +
                     " timed calls a row (whole prefills fewer, in their rows), medians; TFLOP/s of executed tiles, and of the dense problem in the same time.\n";
  for (const std::string& note : facts.notes) text += note + "\n";
  for (const std::string& part : kParts) {
    bool any = false;
    for (const Row& r : rows) {
      if (r.part != part) continue;
      if (!any)
        text += "\n## " + part + "\n\n| shape | by | ms, median (least .. most) | calls | TFLOP/s executed | TFLOP/s dense-equivalent | kept | |\n|---|---|---|---|---|---|---|---|\n";
      any = true;
      text += "| " + cell(r.shape) + " | " + cell(r.by) + " | ";
      if (r.ms.empty()) {
        text += "not measured | 0 | | | | " + cell(r.note) + " |\n";
        continue;
      }
      const double ms = median(r.ms);
      text += milliseconds(ms) + " (" + milliseconds(*std::min_element(r.ms.begin(), r.ms.end())) + " .. " + milliseconds(*std::max_element(r.ms.begin(), r.ms.end())) +
              ") | " + std::to_string(r.ms.size()) + " | " + tera(r.executed_flops, ms) + " | " + tera(r.dense_flops, ms) + " | " +
              (r.kept < 0 ? "" : number(100 * r.kept, 2) + " %") + " | " + cell(r.note) + " |\n";
    }
  }
  return text;
}

}  // namespace headscope::bench
