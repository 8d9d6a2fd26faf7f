#pragma once

#include "test/worker/server_process.hpp"

namespace berth::test {

/// A real git server on loopback: lighttpd with git-http-backend(1). Below
/// /open/ anybody may read, below /closed/ user "oauth2" with password
/// "s3cret-token". A file below /files/ is served as it is, and /flaky/
/// answers 503 until `times` requests were made, then like /open/. What
/// git-lfs(1) asks of /closed/large.git, the same user alone gets.
class git_server {
public:
  explicit git_server(int flaky_times = 0);

  std::string url(const std::string& path) const;
  /// The bare repository that /open/`name` and /closed/`name` serve.
  std::filesystem::path repository(const std::string& name) const;
  std::filesystem::path files() const { return temp_ / "files"; }
  /// Where the files of git-lfs(1) are, by their digests.
  std::filesystem::path large_files() const { return temp_ / "lfs"; }
  /// Ends the server, which then has written its whole log: one line a
  /// request: user, method and path, status.
  std::string stop();

private:
  temp_dir temp_;
  int port_ = free_port();
  std::optional<server_process> server_;
};

} // namespace berth::test
