#include "test/fuzz/target.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace berth::fuzz {

namespace {

constexpr auto skipped = 77;

} // namespace

void require(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

std::pair<std::string_view, std::string_view> split(std::string_view input,
                                                    std::string_view mark) {
  auto at = input.find(mark);
  if (at == input.npos)
    return {input, {}};
  return {input.substr(0, at), input.substr(at + mark.size())};
}

void make_private_directory() {
  // It goes with the namespace, however this program ends.
  if (::unshare(CLONE_NEWNS) == 0
      && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
      && ::mount("none", private_directory, "tmpfs", 0, "size=64m") == 0)
    return;
  std::perror("a private directory needs root");
  std::exit(skipped);
}

} // namespace berth::fuzz
