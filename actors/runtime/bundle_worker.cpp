#include "actors/runtime/bundle_worker.hpp"

#include "actors/one_job.hpp"
#include "actors/runtime/init_worker.hpp"
#include "actors/runtime/mount_points_worker.hpp"
#include "actors/runtime/waking_worker.hpp"
#include "core/json_text.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using path = std::filesystem::path;
using clock = std::chrono::steady_clock;

constexpr mode_t for_us = 0600;
constexpr mode_t for_all_to_read = 0644;
constexpr mode_t for_all_to_write = 0666;
constexpr mode_t for_all_to_pass = 0755;
constexpr uint64_t most_open_files = 1048576;
constexpr size_t longest_config = 4 * 1024 * 1024;
constexpr size_t longest_answer = 16 * 1024;
constexpr auto begin_patience = std::chrono::seconds{10};
constexpr auto creation_patience = std::chrono::seconds{30};

result<void> write_all(int to, std::string_view bytes, const path& subject) {
  while (!bytes.empty()) {
    auto n = ::write(to, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "write", subject.native());
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

/// No fsync: the files do not outlive their container, which does not outlive
/// the machine.
result<void> put(const path& at, std::string_view bytes, mode_t mode) {
  auto file = sys::fd{
    ::open(at.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, for_us)};
  if (!file)
    return errno_error(errno, "open", at.native());
  if (::fchmod(file.get(), mode) < 0)
    return errno_error(errno, "fchmod", at.native());
  return write_all(file.get(), bytes, at);
}

/// Without fsync, like all here.
result<void> make_plain_directory(const path& at, mode_t mode) {
  if (::mkdir(at.c_str(), mode) < 0 && errno != EEXIST)
    return errno_error(errno, "mkdir", at.native());
  if (::chmod(at.c_str(), mode) < 0) // whatever the umask says
    return errno_error(errno, "chmod", at.native());
  return {};
}

/// For the container's init, which is nobody to this machine.
result<void> make_fifo(const path& at) {
  ::unlink(at.c_str());
  if (::mkfifo(at.c_str(), for_us) < 0)
    return errno_error(errno, "mkfifo", at.native());
  if (::chmod(at.c_str(), for_all_to_read) < 0)
    return errno_error(errno, "chmod", at.native());
  return {};
}

result<void> make_directories(const layout& where, const std::string& id) {
  const std::pair<path, mode_t> wanted[] = {
    {where.workspace(id), 0700},
    {where.bundle(id), 0700},
    {where.shared(id), 0711},
    {where.rootfs(id), 0700},
  };
  for (const auto& [dir, mode] : wanted)
    if (auto made = make_plain_directory(dir, mode); !made)
      return made;
  return {};
}

struct pipe_ends {
  sys::shared_fd reader, writer;
};

result<pipe_ends> make_monitor_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "monitor");
  return pipe_ends{std::make_shared<const sys::fd>(ends[0]),
                   std::make_shared<const sys::fd>(ends[1])};
}

uint64_t open_files_limit() {
  auto limit = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::min<uint64_t>(limit.rlim_max, most_open_files);
}

result<bundle> make(const layout& where, const make_bundle& what) {
  const auto& id = what.id;
  if (::access(where.container_ref(id).c_str(), F_OK) == 0)
    return make_error(ec::already_exists, "there is a container of " + id);
  if (auto made = make_directories(where, id); !made)
    return made.error();
  auto spec = what.spec;
  spec.open_files = open_files_limit();
  spec.core_limit = sys::core_limit();
  struct file {
    path at;
    std::string bytes;
    mode_t mode;
  };
  const file files[] = {
    {where.container_config(id), runtime_config(spec), for_us},
    {spec.resolv_conf, what.resolv_conf, for_all_to_read},
    {spec.hosts, what.hosts, for_all_to_read},
    {spec.hostname_file, spec.hostname + "\n", for_all_to_read},
    {spec.termination_log, "", for_all_to_write},
  };
  for (const auto& [at, bytes, mode] : files)
    if (auto written = put(at, bytes, mode); !written)
      return written.error();
  if (spec.kind == container_kind::compatible)
    if (auto made = make_mount_points(where.rootfs(id)); !made)
      return made.error();
  if (what.asleep)
    if (auto made = make_plain_directory(where.place(id), for_all_to_pass);
        !made)
      return made.error();
  if (what.awaits_environment)
    if (auto made = make_fifo(where.environment(id)); !made)
      return made.error();
  auto monitor = make_monitor_pipe();
  if (!monitor)
    return monitor.error();
  return bundle{monitor->writer, monitor->reader};
}

/// The first line the monitor writes, or what it wrote before it ended.
result<std::string> first_line(int from) {
  auto line = std::string{};
  auto deadline = clock::now() + creation_patience;
  while (line.size() < longest_answer) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    auto wait = pollfd{from, POLLIN, 0};
    auto ready
      = ::poll(&wait, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready == 0)
      return make_error(ec::timeout, "the container was not created in time");
    auto bytes = std::array<char, 4096>{};
    auto n = ready < 0 ? ready : ::read(from, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR)
      return errno_error(errno, "read", "monitor");
    if (n == 0)
      break;
    if (n > 0)
      line.append(bytes.data(), static_cast<size_t>(n));
    if (auto end = line.find('\n'); end != std::string::npos)
      return line.substr(0, end);
  }
  return line;
}

/// conmon says {"data": PID}, or {"data": -1, "message": TEXT}.
result<int32_t> pid_said(const std::string& line) {
  auto said = parse_json_or_discard(line);
  auto pid = said.is_object() ? said.find("data") : said.end();
  if (!said.is_object() || pid == said.end())
    pid = said.is_object() ? said.find("pid") : said.end();
  if (!said.is_object() || pid == said.end() || !pid->is_number_integer())
    return make_error(ec::internal, "the monitor ended without a word");
  if (auto number = pid->get<int64_t>(); number > 0 && number <= INT32_MAX)
    return static_cast<int32_t>(number);
  auto text = said.find("message");
  return make_error(ec::internal, text != said.end() && text->is_string()
                                    ? text->get<std::string>()
                                    : "the monitor gave no reason");
}

result<container_ref> created(const layout& where, const await_created& what) {
  auto line = first_line(what.our_end->get());
  if (!line)
    return line.error();
  auto pid = pid_said(*line);
  if (!pid)
    return pid.error();
  auto start = sys::start_time(*pid);
  if (!start)
    return start.error();
  auto found = container_ref{*pid, *start};
  if (auto noted
      = put(where.container_ref(what.id), container_note(found), for_us);
      !noted)
    return noted.error();
  return found;
}

result<container_ref> joinable_container(const layout& where,
                                         const std::string& id) {
  auto noted = noted_container(where, id);
  if (!noted)
    return noted.error();
  if (!*noted)
    return make_error(ec::not_found, "no container of " + id);
  if (auto begun = await_begun(**noted, begin_patience); !begun)
    return begun.error();
  return **noted;
}

result<composed_exec> compose(const layout& where, const compose_exec& what) {
  auto container = joinable_container(where, what.id);
  if (!container)
    return container.error();
  auto config = sys::read_file(where.container_config(what.id), longest_config);
  if (!config)
    return config.error();
  // Not all of it is in the config.
  auto env = await_environment(*container, begin_patience);
  if (!env)
    return env.error();
  auto spec = what.what;
  spec.container_env = std::move(*env);
  auto process = exec_process(*config, spec);
  if (!process)
    return process.error();
  auto file = sys::fd{::memfd_create("process.json", MFD_CLOEXEC)};
  if (!file)
    return errno_error(errno, "memfd_create", "process.json");
  if (auto put = write_all(file.get(), *process, "process.json"); !put)
    return put.error();
  int leash[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, leash) < 0)
    return errno_error(errno, "socketpair", "leash");
  return composed_exec{std::make_shared<const sys::fd>(std::move(file)),
                       std::make_shared<const sys::fd>(leash[0]),
                       std::make_shared<const sys::fd>(leash[1])};
}

/// A daemon trusts a file of keys only if it and the directories above it are
/// root's, who is `root` here.
result<void> write_keys(const layout& where, const write_ssh_keys& what) {
  auto noted = noted_container(where, what.id);
  if (!noted)
    return noted.error();
  if (!*noted)
    return make_error(ec::not_found, "no container of " + what.id);
  auto at = where.ssh_keys(what.id);
  auto fresh = path{at} += ".new";
  auto text = std::string{};
  for (const auto& key : what.keys)
    text += key + "\n";
  if (auto written = put(fresh, text, for_all_to_read); !written)
    return written;
  for (const auto& owned : {fresh, at.parent_path()})
    if (::lchown(owned.c_str(), what.root, what.root) < 0)
      return errno_error(errno, "lchown", owned.native());
  // In one step: who logs in meanwhile sees the old ones or the new ones.
  if (::rename(fresh.c_str(), at.c_str()) < 0)
    return errno_error(errno, "rename", at.native());
  return {};
}

} // namespace

bundle_actor::behavior_type bundle_worker(bundle_actor::pointer self,
                                          layout where) {
  return {
    [self, where](const make_bundle& what) {
      return one_job(self, [&] { return make(where, what); });
    },
    [self, where](const await_created& what) {
      return one_job(self, [&] { return created(where, what); });
    },
    [self, where](const tell_init& what) {
      return one_job(self, [&] { return tell_environment(where, what); });
    },
    [self, where](const name_host& what) {
      return one_job(self, [&] { return give_hostname(where, what); });
    },
    [self, where](const compose_exec& what) {
      return one_job(self, [&] { return compose(where, what); });
    },
    [self, where](const write_ssh_keys& what) {
      return one_job(self, [&] { return write_keys(where, what); });
    },
  };
}

} // namespace berth
