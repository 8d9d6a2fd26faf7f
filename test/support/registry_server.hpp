#pragma once

#include "sys/fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <thread>

namespace berth::test {

/// A real docker-registry on loopback, with a directory of its own.
class registry_server {
public:
  /// Who may look, if it wants to know.
  static constexpr auto user = "anna", password = "secret";

  struct manner {
    bool wants_login = false;
    bool tls = false; ///< with a certificate that nobody vouches for
  };

  registry_server() : registry_server(manner{}) {}
  explicit registry_server(manner);
  registry_server(const registry_server&) = delete;
  registry_server& operator=(const registry_server&) = delete;
  ~registry_server();

  int port() const { return port_; }
  /// "127.0.0.1:<port>"
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path certificate() const { return dir_ / "cert.pem"; }

  /// Copies "image" of an OCI layout, with all that an index names, to
  /// `name`: "path:tag".
  void push(const std::filesystem::path& layout, const std::string& name) const;

private:
  /// Reads its log up to where it says on which port it listens.
  void await_port();

  std::filesystem::path dir_;
  int port_ = 0;
  pid_t pid_ = -1;
  sys::fd log_;
  std::jthread reading_; ///< or it would stop when the pipe is full
};

} // namespace berth::test
