#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace berth {

/// One run of berth-ns: a verb, options, and the descriptors that they name.
class helper_call {
public:
  explicit helper_call(std::string verb) : args_{std::move(verb)} {}

  helper_call& word(std::string text);
  helper_call& option(std::string name, std::string value);
  /// `name N`, where N is what the helper knows the descriptor by.
  helper_call& option(std::string name, const sys::fd& value);
  /// What it reads from its stdin.
  helper_call& input(std::string text);

  /// Waits for its end, which the helper itself sees to. Its refusals become
  /// codes, everything else `internal` with its last words.
  result<void> run(const std::filesystem::path& helper) const;

private:
  std::vector<std::string> args_;
  std::vector<std::pair<int, int>> fds_;
  std::string input_;
};

} // namespace berth
