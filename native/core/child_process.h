// Runs a program to hear what it says on its standard output, for a limited time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace headscope {

struct ChildEnd {
  std::string said;        // at most 64 KiB
  bool started = false;
  bool timed_out = false;  // and was killed
  int status = 0;          // as waitpid() gives it
};

// arguments[0] is the program's path. Reads until `last_words` was said, the output ends or the time is over; then the child is
// ended whatever it does. Its standard input and error are /dev/null.
ChildEnd hear_child(const std::vector<std::string>& arguments, const std::string& last_words, std::chrono::milliseconds time);

}  // namespace headscope
