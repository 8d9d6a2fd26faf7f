#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/lockdown.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <exception>
#include <string_view>

namespace berth::worker {
namespace {

constexpr size_t longest_job = 16 * 1024 * 1024;

result<std::string> read_stdin() {
  auto out = std::string{};
  auto buffer = std::array<char, 65536>{};
  for (;;) {
    auto n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "read", "stdin");
    if (n == 0)
      return out;
    out.append(buffer.data(), static_cast<size_t>(n));
    if (out.size() > longest_job)
      return make_error(ec::invalid_argument, "job is too long");
  }
}

result<worker_outcome> work(bool is_workshop) {
  if (auto ok = lock_down(is_workshop); !ok)
    return ok.error();
  auto text = read_stdin();
  if (!text)
    return text.error();
  auto job = job_from_json(*text);
  if (!job)
    return job.error();
  return std::visit([](const auto& one) { return run(one); }, *job);
}

result<worker_outcome> work_without_throwing(bool is_workshop) {
  try {
    return work(is_workshop);
  } catch (const std::exception& why) {
    return make_error(ec::internal, std::string{"worker: "} + why.what());
  }
}

void set_up_process() {
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);
  // libarchive takes names for text of the locale's encoding.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  // A walk holds one descriptor a level.
  auto files = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

} // namespace
} // namespace berth::worker

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view{argv[1]} == "--version") {
    std::puts("berth-worker " BERTH_VERSION);
    return 0;
  }
  auto is_workshop = argc == 2 && std::string_view{argv[1]} == "--workshop";
  if (argc != 1 && !is_workshop) {
    std::fputs("usage: berth-worker [--version | --workshop]\n"
               "Reads one job as JSON from stdin, answers on stdout.\n",
               stderr);
    return 2;
  }
  berth::worker::set_up_process();
  auto outcome = berth::worker::work_without_throwing(is_workshop);
  return berth::worker::answer(outcome) ? 0 : 1;
}
