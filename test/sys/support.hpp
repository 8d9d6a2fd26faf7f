#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

/// A directory of this test's own, removed with all that is in it.
class temporary_directory {
public:
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

private:
  std::filesystem::path path_;
};

/// Runs `body` on a thread with private namespaces (CLONE_NEW... flags); what
/// it throws is thrown here. Its mounts and links end with it.
void in_own(int namespaces, const std::function<void()>& body);

/// Where the programs under test are: beside this one.
std::filesystem::path program(const std::string& name);

/// How a child ended.
struct ending {
  int code = -1; ///< 128+n for signal n
  std::string out;
  std::string err;
};

struct child_options {
  std::string input = {};
  std::vector<std::string> env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  std::vector<std::pair<int, int>> fds = {}; ///< ours -> its number there
};

/// Runs a program to its end.
ending run(std::vector<std::string> argv, const child_options& = {});

/// Ids 0..65535 of a new user namespace are `first_id`.. here.
inline constexpr uint32_t first_id = 3'000'000;
sys::fd make_userns();

void write(const std::filesystem::path&, const std::string& text);
std::string read(const std::filesystem::path&);

/// Fails the test with the error's own words.
template <class T>
auto need(result<T> outcome) {
  if (!outcome)
    BOOST_FAIL(describe(outcome.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

} // namespace berth::test
