#include "bench/command.hpp"

#include "sys/process.hpp"
#include "sys/tree.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include <array>
#include <iostream>

namespace berth::bench {

namespace {

constexpr std::array directories
  = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
     "/usr/bin/",        "/sbin/",          "/bin/"};

const std::vector<std::string> environment
  = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
     "HOME=/root", "LC_ALL=C.UTF-8"};

} // namespace

result<std::pair<sys::fd, sys::fd>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return errno_error(errno, "pipe2", "pipe");
  return std::pair{sys::fd{ends[0]}, sys::fd{ends[1]}};
}

std::string read_all(const sys::fd& from) {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    auto count = ::read(from.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return text;
    text.append(part.data(), static_cast<size_t>(count));
  }
}

bool wait_for_end(const sys::fd& pidfd) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, 60'000) > 0;
}

result<std::string> which(const std::string& program) {
  if (program.starts_with('/'))
    return program;
  for (auto* directory : directories)
    if (::access((directory + program).c_str(), X_OK) == 0)
      return directory + program;
  return make_error(ec::not_found, program + " is not installed");
}

result<finished> run_command(std::vector<std::string> argv) {
  auto program = which(argv[0]);
  if (!program)
    return program.error();
  argv[0] = *program;
  auto input = make_pipe();
  auto output = make_pipe();
  if (!input || !output)
    return input ? output.error() : input.error();
  auto child = sys::spawn({.argv = std::move(argv),
                           .env = environment,
                           .fds = {{input->first.get(), 0},
                                   {output->second.get(), 1},
                                   {output->second.get(), 2}}});
  if (!child)
    return child.error();
  input->first = {};
  input->second = {};
  output->second = {};
  finished end;
  end.output = read_all(output->first);
  auto code = sys::wait_child(child->pid);
  if (!code)
    return code.error();
  end.code = *code;
  return end;
}

result<std::string> must_run(std::vector<std::string> argv) {
  auto name = argv[0] + (argv.size() > 1 ? ' ' + argv[1] : "");
  auto end = run_command(std::move(argv));
  if (!end)
    return end.error();
  if (end->code != 0)
    return make_error(ec::internal, name + ": exit code "
                                      + std::to_string(end->code) + ": "
                                      + end->output.substr(0, 500));
  return std::move(end->output);
}

result<temporary_directory> temporary_directory::make() {
  std::string pattern = "/var/tmp/berth-bench-XXXXXX";
  if (!::mkdtemp(pattern.data()))
    return errno_error(errno, "mkdtemp", pattern);
  return temporary_directory{pattern};
}

temporary_directory::~temporary_directory() {
  if (path_.empty())
    return;
  if (auto removed = sys::remove_tree(path_); !removed)
    std::cerr << "berth-bench: " << describe(removed.error()) << '\n';
}

} // namespace berth::bench
