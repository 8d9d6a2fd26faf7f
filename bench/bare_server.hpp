#pragma once

#include "bench/command.hpp"

#include <string>

namespace berth::bench {

/// First word of the command line that makes this program a bare server.
inline constexpr auto bare_server_word = "--bare-server";

/// A gRPC callback server on `address` that answers every DescribeWorkspace
/// with the message in `file`: all that a server costs before it does
/// anything. Until stdin ends. The exit code.
int serve_bare(const std::string& address, const std::string& file);

/// Such a server in a process of its own.
class bare_server {
public:
  /// Ready to answer when this returns.
  static result<bare_server> start(const std::filesystem::path& directory,
                                   const std::string& serialized_answer);
  bare_server(bare_server&&) = default;
  bare_server& operator=(bare_server&&) = delete;
  ~bare_server();

  const std::string& address() const { return address_; }

private:
  bare_server() = default;

  std::string address_;
  sys::spawned child_;
  sys::fd input_; ///< its stdin
};

} // namespace berth::bench
