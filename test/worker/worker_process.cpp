#include "test/worker/worker_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace berth::test {

namespace fs = std::filesystem;

namespace {

void require(bool ok, const std::string& what) {
  if (!ok)
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::string read_all(int fd) {
  auto out = std::string{};
  auto buffer = std::array<char, 65536>{};
  for (;;) {
    auto n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0)
      return out;
    out.append(buffer.data(), static_cast<size_t>(n));
  }
}

void take_line(const std::string& line, worker_run& run) {
  auto message = message_from_json(line);
  require(static_cast<bool>(message), "worker wrote: " + line);
  if (auto* progress = std::get_if<worker_progress>(&*message))
    run.progress.push_back(*progress);
  else
    run.outcome = std::get<result<worker_outcome>>(*message);
}

} // namespace

temp_dir::temp_dir() {
  auto name = std::string{"/tmp/berth-worker-test-XXXXXX"};
  require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  path_ = name;
  // git runs as another user, who must get through here.
  fs::permissions(path_, fs::perms{0755});
}

temp_dir::~temp_dir() {
  // rm(1) copes with trees that are deeper than a path is long.
  shell("rm -rf '" + path_.string() + "'");
}

fs::path temp_dir::make(const std::string& name) const {
  fs::create_directories(path_ / name);
  return path_ / name;
}

worker_run run_worker(const worker_job& job) {
  auto in = std::array{-1, -1};
  auto out = std::array{-1, -1};
  require(::pipe2(in.data(), O_CLOEXEC) == 0
            && ::pipe2(out.data(), O_CLOEXEC) == 0,
          "pipe2");
  auto program = worker_program();
  auto pid = ::fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::execl(program.c_str(), program.c_str(), nullptr);
    ::_exit(126);
  }
  ::close(in[0]);
  ::close(out[1]);
  auto text = to_json(job);
  for (size_t done = 0; done < text.size();) {
    auto n = ::write(in[1], text.data() + done, text.size() - done);
    require(n > 0, "write");
    done += static_cast<size_t>(n);
  }
  ::close(in[1]);
  auto said = read_all(out[0]);
  ::close(out[0]);
  auto status = 0;
  ::waitpid(pid, &status, 0);
  auto run
    = worker_run{make_error(ec::internal, "worker said nothing"), {}, -1};
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  auto lines = std::istringstream{said};
  for (auto line = std::string{}; std::getline(lines, line);)
    take_line(line, run);
  return run;
}

ec run_refused(const worker_job& job) {
  auto run = run_worker(job);
  return run.outcome ? ec::none : code_of(run.outcome.error());
}

inherited_file inherited_file::read(const fs::path& path) {
  auto fd = ::open(path.c_str(), O_RDONLY);
  require(fd >= 0, path);
  return inherited_file{fd};
}

inherited_file inherited_file::create(const fs::path& path) {
  auto fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  require(fd >= 0, path);
  return inherited_file{fd};
}

inherited_file::inherited_file(inherited_file&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)) {}

inherited_file::~inherited_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

fs::path worker_program() {
  auto* bin = std::getenv("BERTH_BIN");
  require(bin != nullptr, "BERTH_BIN is not set");
  return fs::path{bin} / "berth-worker";
}

std::string shell(const std::string& command) {
  auto* pipe = ::popen(("set -e; " + command).c_str(), "re");
  require(pipe != nullptr, "popen");
  auto out = read_all(::fileno(pipe));
  if (::pclose(pipe) != 0)
    throw std::runtime_error("shell: " + command + "\n" + out);
  return out;
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  auto file = std::ofstream{path, std::ios::binary};
  file << text;
  require(static_cast<bool>(file.flush()), path);
}

std::string read_file(const fs::path& path) {
  auto file = std::ifstream{path, std::ios::binary};
  require(static_cast<bool>(file), path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace berth::test
