#include "actors/iws/mount_worker.hpp"

#include "actors/iws/helper_worker.hpp"
#include "actors/iws/mark_worker.hpp"
#include "actors/iws/target_worker.hpp"
#include "actors/one_job.hpp"
#include "core/oci/hidden_paths.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

namespace berth {

namespace {

const char* name_of(kernel_fs type) {
  switch (type) {
    case kernel_fs::proc: return "proc";
    case kernel_fs::sysfs: return "sysfs";
    case kernel_fs::nfs: return "nfs";
  }
  return "";
}

/// The helper gets it as an argument.
result<void> check_path(const std::string& at) {
  if (at.starts_with('/') && at.find('\0') == at.npos)
    return {};
  return make_error(ec::invalid_argument, "target: not an absolute path");
}

result<void> check_target(const pinned& target, const std::string& at) {
  if (auto path = check_path(at); !path)
    return path;
  return check_alive(target);
}

/// `verb`, where the process sees files.
helper_call call_inside(helper_call verb, const sys::pinned_process& target) {
  verb.option("--mntns-fd", target.mount_ns).option("--root-fd", target.root);
  return verb;
}

template <class Names>
void add_names(helper_call& call, const char* option, const Names& names) {
  for (auto name : names)
    call.option(option, std::string{name});
}

result<void> mount_kernel(const std::filesystem::path& helper,
                          const mount_kernel_fs& what) {
  if (auto checked = check_target(what.target, what.at); !checked)
    return checked;
  const auto& target = *what.target.process;
  // Nothing would keep a process there from taking the masks off.
  if (sys::is_our_namespace(target.user_ns, "user"))
    return make_error(ec::permission_denied,
                      "the process is in no user namespace of a workspace");
  auto call
    = call_inside(helper_call{"mount"}.word(name_of(what.type)), target);
  call.option("--pidns-fd", target.pid_ns)
    .option("--netns-fd", target.net_ns)
    .option("--userns-fd", target.user_ns)
    .option("--at", what.at);
  if (what.type == kernel_fs::proc) {
    add_names(call, "--mask", masked_in_proc);
    add_names(call, "--read-only", read_only_in_proc);
  } else {
    add_names(call, "--mask", masked_in_sys);
  }
  return call.run(helper);
}

result<void> unmount_kernel(const std::filesystem::path& helper,
                            const unmount_fs& what) {
  if (auto checked = check_target(what.target, what.at); !checked)
    return checked;
  const auto& target = *what.target.process;
  auto verb = helper_call{"unmount"}.word(name_of(what.type));
  return call_inside(verb, target).option("--at", what.at).run(helper);
}

/// The kernel knows no names. Hosts are the operator's, not the caller's.
result<std::string> address_of(std::string host) {
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  auto wanted = addrinfo{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0)
    return make_error(ec::unavailable, "nfs: no address for " + host);
  auto all = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>{
    found, ::freeaddrinfo};
  char text[NI_MAXHOST];
  if (::getnameinfo(all->ai_addr, all->ai_addrlen, text, sizeof(text), nullptr,
                    0, NI_NUMERICHOST)
      != 0)
    return make_error(ec::unavailable, "nfs: no address for " + host);
  return std::string{text};
}

result<void> mount_nfs_export(const std::filesystem::path& helper,
                              const mount_nfs& what) {
  auto plan = parse_nfs(what.source, what.args, what.policy);
  if (!plan)
    return plan.error();
  if (auto checked = check_target(what.target, what.at); !checked)
    return checked;
  auto address = address_of(plan->host);
  if (!address)
    return address.error();
  const auto& target = *what.target.process;
  auto call = call_inside(helper_call{"nfs"}, target);
  call.option("--netns-fd", target.net_ns)
    .option("--source", plan->host + ":" + plan->path)
    .option("--at", what.at)
    .option("--option", "addr=" + *address);
  for (const auto& [key, value] : plan->options)
    call.option("--option", value.empty() ? key : key + "=" + value);
  if (plan->read_only)
    call.word("--read-only");
  return call.run(helper);
}

} // namespace

iws_mount_actor::behavior_type iws_mount_worker(iws_mount_actor::pointer self,
                                                std::filesystem::path helper) {
  return {
    [self, helper](const prepare_mark& what) {
      return one_job(self, [&] { return make_mark(helper, what); });
    },
    [self, helper](const remove_mark& what) {
      return one_job(self, [&] { return take_mark_away(helper, what); });
    },
    [self, helper](const mount_kernel_fs& what) {
      return one_job(self, [&] { return mount_kernel(helper, what); });
    },
    [self, helper](const unmount_fs& what) {
      return one_job(self, [&] { return unmount_kernel(helper, what); });
    },
    [self, helper](const mount_nfs& what) {
      return one_job(self, [&] { return mount_nfs_export(helper, what); });
    },
  };
}

} // namespace berth
