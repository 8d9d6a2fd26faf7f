#include "sys/idmap.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth::sys {

namespace {

std::string process_path(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

} // namespace

result<void> write_id_map(pid_t pid, uint32_t start, uint32_t size) {
  return write_id_map(pid, "0 " + std::to_string(start) + " "
                             + std::to_string(size) + "\n");
}

result<void> write_id_map(pid_t pid, const std::string& map) {
  for (auto name : {"gid_map", "uid_map"}) {
    auto path = process_path(pid, name);
    auto file = fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file)
      return errno_error(errno, "open", path);
    // The kernel takes a map in one write or not at all.
    if (::write(file.get(), map.data(), map.size()) < 0)
      return errno_error(errno, "write", path);
  }
  return {};
}

result<fd> open_namespace(pid_t pid, const char* kind) {
  auto path = process_path(pid, "ns/") + kind;
  auto ns = fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!ns)
    return errno_error(errno, "open", path);
  return ns;
}

} // namespace berth::sys
