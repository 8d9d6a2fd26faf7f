#pragma once

#include "bench/command.hpp"

#include <memory>

namespace berth::bench {

/// A repository with a history, behind a real web server on loopback: lighttpd
/// with git-http-backend(1).
class git_peer {
public:
  static result<std::unique_ptr<git_peer>>
  start(const std::filesystem::path& home);
  git_peer(const git_peer&) = delete;
  git_peer& operator=(const git_peer&) = delete;
  ~git_peer();

  /// How far away the server is: on this machine, or behind a line of 100
  /// Mbit/s, which lighttpd plays: it sends no faster.
  enum class distance { here, far };

  /// The same repository at an address of its own, that nobody has seen yet.
  result<std::string> fresh_url(distance);

  /// What `git clone` takes for it with a worker's options, in seconds.
  result<double> clone(const std::string& url, bool full);

  static std::string description();

private:
  explicit git_peer(std::filesystem::path home) : home_(std::move(home)) {}
  result<void> make_repository() const;
  result<void> serve();

  std::filesystem::path home_;
  int port_ = 0;
  unsigned urls_ = 0, clones_ = 0;
  sys::spawned server_;
};

} // namespace berth::bench
