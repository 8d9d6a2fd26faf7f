#pragma once

#include "core/s3/settings.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace berth::test {

/// A real S3 server on loopback, with a directory of its own, for one access
/// key. It takes parts of any size.
class s3_server {
public:
  /// With `tls`, one with a certificate that only itself vouches for.
  explicit s3_server(bool tls = false);
  s3_server(const s3_server&) = delete;
  s3_server& operator=(const s3_server&) = delete;
  ~s3_server();

  int port() const { return port_; }
  std::string endpoint() const;
  const std::filesystem::path& dir() const { return dir_; }

  /// A fresh bucket at `port`, with little patience and small parts. With
  /// `tls` its settings trust this server.
  s3::settings make_bucket(int port) const;
  s3::settings make_bucket() const { return make_bucket(port_); }

private:
  std::filesystem::path dir_;
  bool tls_;
  int port_ = 0;
  pid_t pid_ = -1;
};

} // namespace berth::test
