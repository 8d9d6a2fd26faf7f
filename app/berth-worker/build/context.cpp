#include "app/berth-worker/build/context.hpp"

#include "app/berth-worker/beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>

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
  return read_text(file->get(), path, most_text, "the Dockerfile is too large");
}

result<sys::fd> find_build_directory(int context, const std::string& path) {
  auto directory = open_beneath(context, path, O_RDONLY | O_DIRECTORY);
  if (!directory)
    return not_there("directory", path);
  return directory;
}

} // namespace berth::worker
