#include "bench/container_floor.hpp"

#include "core/oci/container_spec.hpp"
#include "sys/file.hpp"
#include "sys/idmap.hpp"
#include "sys/mount.hpp"
#include "sys/process.hpp"
#include "sys/tree.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace berth::bench {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t config_limit = 1 << 20;
constexpr int sync_fd = 3, start_fd = 4, root_fd = 5;

/// conmon's answer, `{"data": PID}`, or `{"data": -1, "message": "why"}`.
result<void> check_answer(const std::string& line) {
  auto answer = json::parse(line, nullptr, false);
  if (answer.is_object() && answer.value("data", -1) > 0)
    return {};
  return make_error(ec::internal, "conmon: " + line.substr(0, 300));
}

std::string read_line(const sys::fd& from) {
  std::string line;
  for (char c = 0; ::read(from.get(), &c, 1) == 1 && c != '\n';)
    line += c;
  return line;
}

} // namespace

container_floor::container_floor(fs::path directory, fs::path layer,
                                 fs::path bin_dir, std::string config)
  : directory_(std::move(directory)), layer_(std::move(layer)),
    bin_dir_(std::move(bin_dir)), config_(std::move(config)) {}

result<container_floor> container_floor::like(const private_node& node,
                                              const std::string& model,
                                              const fs::path& bin_dir) {
  auto config
    = sys::read_file(node.paths().container_config(model), config_limit);
  if (!config)
    return config.error();
  container_floor floor{node.directory() / "floor", node.directory() / "layer",
                        bin_dir, std::move(*config)};
  if (auto done = floor.find_programs(); !done)
    return done.error();
  if (auto done = floor.open_user_namespace(); !done)
    return done.error();
  for (auto* each : {"run", "exits", "sockets", "roots"})
    fs::create_directories(floor.directory_ / each);
  fs::permissions(floor.directory_, fs::perms{0711});
  // What berthd lays over an image is there as plain files.
  fs::copy(node.rootfs(), floor.layer_,
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  for (auto* each : {"workspace", ".workspace", ".berth", "home/gitpod"})
    fs::create_directories(floor.layer_ / each);
  for (auto* each : {"etc/hosts", "etc/hostname", "etc/resolv.conf"})
    std::ofstream{floor.layer_ / each};
  return floor;
}

result<void> container_floor::find_programs() {
  auto crun = which("crun");
  auto conmon = which("conmon");
  if (!crun || !conmon)
    return crun ? conmon.error() : crun.error();
  crun_ = std::move(*crun);
  conmon_ = std::move(*conmon);
  return {};
}

result<void> container_floor::open_user_namespace() {
  auto config = json::parse(config_, nullptr, false);
  if (!config.is_object())
    return make_error(ec::internal, "the model's config.json is none");
  first_id_ = config["linux"]["uidMappings"][0].value("hostID", 0u);
  auto input = make_pipe();
  auto output = make_pipe();
  if (!input || !output)
    return input ? output.error() : input.error();
  auto child
    = sys::spawn({.argv = {bin_dir_ / "berth-ns", "userns"},
                  .fds = {{input->first.get(), 0}, {output->second.get(), 1}}});
  if (!child)
    return child.error();
  output->second = {};
  char ready = 0;
  bool is_there = ::read(output->first.get(), &ready, 1) == 1;
  auto mapped = is_there
                  ? sys::write_id_map(child->pid, first_id_, ids_of_workspace)
                  : make_error(ec::internal, "berth-ns userns ended");
  auto opened = mapped ? sys::open_namespace(child->pid, "user")
                       : result<sys::fd>{mapped.error()};
  input->second = {};
  (void)sys::wait_child(child->pid);
  if (!opened)
    return opened.error();
  userns_ = std::make_shared<const sys::fd>(std::move(*opened));
  return {};
}

result<sys::fd> container_floor::make_root(const std::string& id) const {
  auto upper = directory_ / id / "rootfs";
  for (auto* each : {"upper", "work"})
    fs::create_directories(upper / each);
  fs::create_directories(directory_ / "roots" / id);
  return sys::mount_overlay(
    {.layers = {layer_}, .upper = upper, .first_id = first_id_}, *userns_);
}

result<void> container_floor::write_bundle(const std::string& id) const {
  auto config = json::parse(config_);
  config["root"]["path"] = (directory_ / "roots" / id).native();
  auto cgroup = fs::path{config["linux"].value("cgroupsPath", "")};
  config["linux"]["cgroupsPath"] = (cgroup.parent_path() / id).native();
  fs::create_directories(directory_ / id / "bundle");
  std::ofstream file{directory_ / id / "bundle/config.json"};
  file << config.dump();
  return file.flush() ? result<void>{}
                      : make_error(ec::internal, "cannot write a bundle");
}

std::vector<std::string>
container_floor::monitor_command(const std::string& id) const {
  auto own = directory_ / id;
  return {bin_dir_ / "berth-ns",
          "container",
          "--root-fd",
          std::to_string(root_fd),
          "--root-at",
          directory_ / "roots" / id,
          "--",
          conmon_,
          "--api-version",
          "1",
          "-c",
          id,
          "-u",
          id,
          "-n",
          id,
          "-r",
          crun_,
          "--runtime-arg",
          "--root=" + (directory_ / "run").native(),
          "-b",
          own / "bundle",
          "-P",
          own / "monitor.pid",
          "-p",
          own / "pid",
          "-l",
          "k8s-file:" + (own / "log").native(),
          "--exit-dir",
          directory_ / "exits",
          "--socket-dir-path",
          directory_ / "sockets",
          "--persist-dir",
          own,
          "--no-sync-log",
          "-i",
          "--full-attach"};
}

result<void> container_floor::create(const std::string& id,
                                     sys::fd root) const {
  auto sync = make_pipe();
  auto start = make_pipe();
  auto input = make_pipe();
  auto output = make_pipe();
  for (auto* each : {&sync, &start, &input, &output})
    if (!*each)
      return each->error();
  auto child = sys::spawn(
    {.argv = monitor_command(id),
     .env
     = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "_OCI_SYNCPIPE=" + std::to_string(sync_fd),
        "_OCI_STARTPIPE=" + std::to_string(start_fd)},
     .fds = {{input->first.get(), 0},
             {output->second.get(), 1},
             {output->second.get(), 2},
             {sync->second.get(), sync_fd},
             {start->first.get(), start_fd},
             {root.get(), root_fd}}});
  if (!child)
    return child.error();
  for (auto* ours : {&sync->second, &output->second, &start->first, &root})
    *ours = {};
  if (::write(start->second.get(), "+", 1) != 1)
    return errno_error(errno, "write", "start pipe");
  (void)sys::wait_child(child->pid); // the monitor is its grandchild
  return check_answer(read_line(sync->first));
}

result<void> container_floor::remove(const std::string& id) const {
  auto root = "--root=" + (directory_ / "run").native();
  auto gone = must_run({crun_, root, "delete", "-f", id});
  // conmon writes the exit code when it has seen the end; then it ends.
  if (auto pid = sys::read_file(directory_ / id / "monitor.pid", 32)) {
    auto monitor = sys::open_pidfd(std::atoi(pid->c_str()));
    if (monitor)
      wait_for_end(*monitor);
  }
  return gone ? sys::remove_tree(directory_ / id) : result<void>{gone.error()};
}

result<std::chrono::nanoseconds> container_floor::start_one() {
  auto id = "berth-floor-" + std::to_string(++count_);
  if (auto written = write_bundle(id); !written)
    return written.error();
  auto root = make_root(id);
  if (!root)
    return root.error();
  auto run = "--root=" + (directory_ / "run").native();
  auto began = std::chrono::steady_clock::now();
  auto made = create(id, std::move(*root));
  auto started = made ? must_run({crun_, run, "start", id})
                      : result<std::string>{made.error()};
  auto took = std::chrono::steady_clock::now() - began;
  if (auto gone = remove(id); started && !gone)
    return gone.error();
  if (!started)
    return started.error();
  return took;
}

} // namespace berth::bench
