#pragma once

#include "app/berth/program.hpp"
#include "test/cli/fake_berthd.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace berth::test {

/// What a run of the client left.
struct told {
  int code;
  std::string out, err;
};

inline told run(std::vector<std::string> words) {
  std::ostringstream out, err;
  int code = cli::run_program(words, out, err);
  return {code, out.str(), err.str()};
}

/// A client and the service it talks to.
struct served_client {
  told ask(std::vector<std::string> words) {
    words.insert(words.begin(), {"--address", service.address()});
    return run(std::move(words));
  }

  fake_berthd service;
};

inline constexpr auto uuid = "11111111-2222-4333-8444-555555555555";

} // namespace berth::test
