#include "app/berth-ns/arguments.hpp"

#include "app/berth-ns/fail.hpp"

#include <fcntl.h>
#include <limits.h>

#include <charconv>

namespace berth::ns {

uint32_t number(const char* option, std::string_view text, uint32_t limit) {
  auto value = uint32_t{0};
  auto end = text.data() + text.size();
  auto [at, err] = std::from_chars(text.data(), end, value);
  if (err != std::errc{} || at != end || text.empty() || value > limit)
    fail_usage(option, "not a number in range");
  return value;
}

int descriptor(const char* option, const char* text) {
  auto fd = static_cast<int>(number(option, text, INT_MAX));
  if (::fcntl(fd, F_GETFD) < 0)
    fail_usage(option, "not an open descriptor");
  return fd;
}

const char* value_of(char**& args) {
  if (args[1] == nullptr)
    fail_usage(args[0], "needs a value");
  return *++args;
}

char** program_behind(char** args) {
  if (args[0] == nullptr || args[1] == nullptr)
    fail_usage("--", "needs a program");
  if (args[1][0] != '/')
    fail_usage(args[1], "not an absolute path");
  return args + 1;
}

} // namespace berth::ns
