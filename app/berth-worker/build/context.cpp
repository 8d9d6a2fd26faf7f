#include "app/berth-worker/build/context.hpp"

#include "app/berth-worker/beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::worker {

namespace {

constexpr size_t most_text = size_t{4} << 20;

caf::error not_there(const char* what, const std::string& path) {
  return make_error(ec::invalid_argument, std::string{"no "} + what + " at "
                                            + path + " in the context");
}

} // namespace

result<std::string> read_dockerfile(int context, const std::string& path) {
  auto file = open_beneath(context, path, O_RDONLY);
  struct stat found = {};
  if (!file || ::fstat(file->get(), &found) < 0 || !S_ISREG(found.st_mode))
    return not_there("Dockerfile", path);
  auto out = std::string{};
  auto buffer = std::array<char, 65536>{};
  for (;;) {
    auto n = ::read(file->get(), buffer.data(), buffer.size());
    if (n < 0)
      return errno_error(errno, "read", path);
    if (n == 0)
      return out;
    out.append(buffer.data(), static_cast<size_t>(n));
    if (out.size() > most_text)
      return make_error(ec::exhausted, "the Dockerfile is too large");
  }
}

result<sys::fd> find_build_directory(int context, const std::string& path) {
  auto directory = open_beneath(context, path, O_RDONLY | O_DIRECTORY);
  if (!directory)
    return not_there("directory", path);
  return directory;
}

} // namespace berth::worker
