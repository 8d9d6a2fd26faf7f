#pragma once

#include "core/worker_job.hpp"
#include "test/support/print.hpp"

#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace berth::test {

/// A directory of its own, gone with this object.
class temp_dir {
public:
  temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }
  /// A new, empty directory in it.
  std::filesystem::path make(const std::string& name) const;

private:
  std::filesystem::path path_;
};

/// The built berth-worker.
std::filesystem::path worker_program();

/// What a worker said.
struct worker_run {
  result<worker_outcome> outcome;
  std::vector<worker_progress> progress;
  int exit_code = -1;

  /// Its error in words; empty if it went well.
  std::string why() const {
    return outcome ? std::string{} : describe(outcome.error());
  }
};

/// Runs the built berth-worker to its end.
worker_run run_worker(const worker_job&);

/// The outcome of a run that must have gone well.
template <class T>
T run_ok(const worker_job& job) {
  auto run = run_worker(job);
  if (!run.outcome)
    throw std::runtime_error("worker: " + describe(run.outcome.error()));
  return std::get<T>(*run.outcome);
}

/// How a run was refused; `ec::none` if it was not.
ec run_refused(const worker_job&);

/// A file open for a worker to inherit.
class inherited_file {
public:
  static inherited_file read(const std::filesystem::path&);
  static inherited_file create(const std::filesystem::path&);
  inherited_file(inherited_file&&) noexcept;
  inherited_file& operator=(inherited_file&&) = delete;
  ~inherited_file();
  int get() const { return fd_; }

private:
  explicit inherited_file(int fd) : fd_(fd) {}
  int fd_;
};

/// Runs a shell command; throws unless it exits with 0. Its stdout.
std::string shell(const std::string& command);

void write_file(const std::filesystem::path&, const std::string& text);
std::string read_file(const std::filesystem::path&);

} // namespace berth::test
