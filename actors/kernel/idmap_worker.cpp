#include "actors/kernel/idmap_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/idmap.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth {

namespace {

constexpr auto stdin_number = 0;
constexpr auto stdout_number = 1;

/// A process in a new user namespace, which stays until `leave` is closed.
struct founder {
  sys::spawned process;
  sys::fd leave;
  sys::fd ready; ///< gives one byte once the namespace is there
};

result<founder> start_founder(const std::filesystem::path& helper) {
  int in[2], out[2];
  if (::pipe2(in, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "stdin");
  auto child_in = sys::fd{in[0]};
  auto leave = sys::fd{in[1]};
  if (::pipe2(out, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "stdout");
  auto ready = sys::fd{out[0]};
  auto child_out = sys::fd{out[1]};
  auto spec = sys::spawn_spec{};
  spec.argv = {helper.native(), "userns"};
  spec.fds = {{child_in.get(), stdin_number}, {child_out.get(), stdout_number}};
  auto process = sys::spawn(spec);
  if (!process)
    return process.error();
  return founder{std::move(*process), std::move(leave), std::move(ready)};
}

result<userns> map_and_open(const founder& who, id_range range) {
  auto byte = char{};
  if (::read(who.ready.get(), &byte, 1) != 1)
    return make_error(ec::internal, "berth-ns userns: no user namespace");
  auto pid = who.process.pid;
  if (auto mapped = sys::write_id_map(pid, range.start, range.size); !mapped)
    return mapped.error();
  auto ns = sys::open_namespace(pid, "user");
  if (!ns)
    return ns.error();
  return userns{std::make_shared<const sys::fd>(std::move(*ns))};
}

result<userns> make(const std::filesystem::path& helper, id_range range) {
  auto who = start_founder(helper);
  if (!who)
    return who.error();
  auto made = map_and_open(*who, range);
  who->leave = sys::fd{};
  auto left = sys::wait_child(who->process.pid);
  if (made && !left)
    return left.error();
  return made;
}

} // namespace

idmap_actor::behavior_type idmap_worker(idmap_actor::pointer self,
                                        std::filesystem::path helper) {
  return {
    [self, helper = std::move(helper)](const make_userns& what) {
      return one_job(self, [&] { return make(helper, what.range); });
    },
  };
}

} // namespace berth
