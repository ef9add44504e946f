#include "child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace headscope {
namespace {

constexpr size_t kMostSaid = 64 * 1024;

bool start(const std::vector<std::string>& arguments, int output, pid_t* child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> words;
  for (const std::string& a : arguments) words.push_back(const_cast<char*>(a.c_str()));
  words.push_back(nullptr);
  const int failed = posix_spawn(child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0;
}

}  // namespace

ChildEnd hear_child(const std::vector<std::string>& arguments, const std::string& last_words, std::chrono::milliseconds time) {
  ChildEnd end;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return end;
  pid_t child = 0;
  end.started = start(arguments, pipe_ends[1], &child);
  close(pipe_ends[1]);
  if (!end.started) {
    close(pipe_ends[0]);
    return end;
  }
  const auto deadline = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      end.timed_out = true;
      break;
    }
    pollfd readable{pipe_ends[0], POLLIN, 0};
    const int ready = poll(&readable, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) break;
    if (ready == 0) continue;
    char bytes[4096];
    const ssize_t got = read(pipe_ends[0], bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    end.said.append(bytes, static_cast<size_t>(got));
    if (end.said.size() > kMostSaid || end.said.find(last_words) != std::string::npos) break;
  }
  close(pipe_ends[0]);
  // Also one that closed its output and stays: waiting for it would have no end. One that is ending keeps the status it ends with.
  kill(child, SIGKILL);
  while (waitpid(child, &end.status, 0) < 0 && errno == EINTR) {
  }
  return end;
}

}  // namespace headscope
