#pragma once

#include "test/worker/worker_process.hpp"

#include <optional>

namespace berth::test {

/// A TCP port on loopback that nobody listens on.
int free_port();

/// Another program that serves `port` on loopback as long as this lives.
class server_process {
public:
  server_process(std::vector<std::string> argv, int port);
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  ~server_process();

private:
  int pid_ = -1;
};

} // namespace berth::test
