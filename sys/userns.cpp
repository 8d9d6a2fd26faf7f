#include "sys/userns.hpp"

#include "sys/idmap.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth::sys {

namespace {

constexpr auto stdin_number = 0;
constexpr auto stdout_number = 1;

/// A process in a new user namespace, which stays until `leave` is closed.
struct founder {
  spawned process;
  fd leave;
  fd ready; ///< gives one byte once the namespace is there
};

result<founder> start_founder(const std::filesystem::path& helper) {
  int in[2], out[2];
  if (::pipe2(in, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "stdin");
  auto child_in = fd{in[0]};
  auto leave = fd{in[1]};
  if (::pipe2(out, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "stdout");
  auto ready = fd{out[0]};
  auto child_out = fd{out[1]};
  auto spec = spawn_spec{};
  spec.argv = {helper.native(), "userns"};
  spec.fds = {{child_in.get(), stdin_number}, {child_out.get(), stdout_number}};
  auto process = spawn(spec);
  if (!process)
    return process.error();
  return founder{std::move(*process), std::move(leave), std::move(ready)};
}

result<fd> map_and_open(const founder& who, const std::string& map) {
  auto byte = char{};
  if (::read(who.ready.get(), &byte, 1) != 1)
    return make_error(ec::internal, "berth-ns userns: no user namespace");
  auto pid = who.process.pid;
  if (auto mapped = write_id_map(pid, map); !mapped)
    return mapped.error();
  return open_namespace(pid, "user");
}

} // namespace

result<fd> make_userns(const std::filesystem::path& helper,
                       const std::string& map) {
  auto who = start_founder(helper);
  if (!who)
    return who.error();
  auto made = map_and_open(*who, map);
  who->leave = fd{};
  auto left = wait_child(who->process.pid);
  if (made && !left)
    return left.error();
  return made;
}

} // namespace berth::sys
