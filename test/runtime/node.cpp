#include "test/runtime/node.hpp"

#include "actors/process/process_worker.hpp"
#include "actors/runtime/network.hpp"
#include "core/node_directories.hpp"

#include <caf/send.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>

namespace berth::test {

namespace fs = std::filesystem;

namespace {

/// Everybody in here: the test's directory must not be closed to containers.
fs::path make_directory() {
  auto name = std::string{"/var/tmp/berth-runtime-XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  fs::permissions(name, fs::perms{0711});
  return name;
}

fs::path programs() {
  auto given = std::getenv("BERTH_BIN");
  return given ? fs::path{given}
               : fs::read_symlink("/proc/self/exe").parent_path();
}

void make_image(const fs::path& layer) {
  for (auto name : {"bin", "etc", "proc", "sys", "dev", "tmp", "workspace",
                    ".workspace", ".berth", "home/gitpod", "root"})
    fs::create_directories(layer / name);
  fs::copy_file("/bin/busybox", layer / "bin/busybox");
  fs::copy_file(programs() / "berth-init", layer / "bin/berth-init");
  for (auto name :
       {"sh",   "cat",   "id",     "ls",   "stty", "nc",   "sleep",  "touch",
        "grep", "mount", "umount", "stat", "env",  "head", "dd",     "chown",
        "ps",   "test",  "mknod",  "true", "tr",   "kill", "mkfifo", "seq"})
    fs::create_symlink("busybox", layer / "bin" / name);
  for (auto name : {"etc/hosts", "etc/hostname", "etc/resolv.conf"})
    std::ofstream{layer / name};
  std::ofstream{layer / "etc/passwd"} << "root:x:0:0::/root:/bin/sh\n"
                                         "gitpod:x:33333:33333::/home/gitpod:"
                                         "/bin/sh\n";
}

/// Containers here ask their node for nothing.
workspace_services_actor::behavior_type no_services() {
  return {
    [](const open_service&) { return done{}; },
    [](const close_service&) { return done{}; },
    [](const sweep_services&) { return done{}; },
  };
}

/// The empty ones above the containers', as the service does at its end.
void remove_cgroups(const layout& where) {
  for (const auto& hierarchy : fs::directory_iterator{"/sys/fs/cgroup"}) {
    ::rmdir((hierarchy.path() / where.monitors_cgroup()).c_str());
    auto ours = hierarchy.path() / where.cgroup();
    if (::rmdir(ours.c_str()) == 0)
      ::rmdir(ours.parent_path().c_str());
  }
}

} // namespace

struct command::story {
  std::mutex guard;
  std::condition_variable changed;
  command_end heard;
  std::optional<result<int>> end;

  template <class F>
  void await(F is_true, const char* what) {
    auto lock = std::unique_lock{guard};
    auto came = changed.wait_for(lock, patience, is_true);
    BOOST_REQUIRE_MESSAGE(came,
                          what << "; it wrote " << heard.out << heard.err);
  }
};

command::command(process_actor processes, std::string token)
  : processes_(std::move(processes)), token_(std::move(token)),
    story_(std::make_shared<story>()) {}

session_listener command::listener() const {
  return {[told = story_](int stream, std::string bytes) {
            auto lock = std::lock_guard{told->guard};
            (stream == 1 ? told->heard.out : told->heard.err) += bytes;
            told->changed.notify_all();
            return true;
          },
          [told = story_](result<int> code) {
            auto lock = std::lock_guard{told->guard};
            told->end = std::move(code);
            told->changed.notify_all();
          }};
}

void command::type(std::string bytes, bool end) const {
  caf::anon_send(processes_, session_input{token_, std::move(bytes), end});
}

void command::close() const {
  caf::anon_send(processes_, close_session{token_});
}

std::string command::await_output(const std::string& text) const {
  story_->await([&] { return story_->heard.out.find(text) != text.npos; },
                "a command did not write what it should");
  auto lock = std::lock_guard{story_->guard};
  return story_->heard.out;
}

command_end command::end() const {
  story_->await([&] { return story_->end.has_value(); },
                "a command did not end");
  if (!*story_->end)
    BOOST_FAIL(describe(story_->end->error()));
  story_->heard.code = **story_->end;
  return story_->heard;
}

node::node() : dir(make_directory()) {
  config = std::make_shared<settings>();
  config->node.state_dir = dir / "state";
  config->node.run_dir = dir / "run";
  config->runtime.oci_runtime = "/usr/bin/crun";
  config->runtime.conmon = "/usr/bin/conmon";
  config->runtime.helper_dir = dir / "bin";
  config->runtime.uid_start = 4'000'000;
  config->runtime.subnet = 10u << 24 | 201u << 16;
  config->runtime.dns = {"10.99.0.53"};
  config->content.denied_networks = {"169.254.0.0/16"};
  if (auto made = make_node_directories(where()); !made)
    BOOST_FAIL(describe(made.error()));
  fs::create_directories(dir / "bin");
  fs::copy_file(programs() / "berth-ns", dir / "bin/berth-ns");
  make_image(where().layer("base"));
  init_is("trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done");
  process_ = spawn_process_actor(sys);
  services_ = sys.spawn(no_services);
  network_ = spawn_network_actor(sys, *config, process_);
  restart_runtime();
}

node::~node() {
  (void)ask<done>(sweep{});
  tear_down_network();
  auto self = caf::scoped_actor{sys, true};
  self->send_exit(runtime, caf::exit_reason::user_shutdown);
  self->send_exit(network_, caf::exit_reason::user_shutdown);
  self->send_exit(process_, caf::exit_reason::user_shutdown);
  self->send_exit(services_, caf::exit_reason::user_shutdown);
  self->wait_for(runtime, network_, process_, services_);
  auto err = std::error_code{};
  fs::remove_all(dir, err);
  BOOST_CHECK_MESSAGE(!err, err.message());
  remove_cgroups(where());
}

void node::init_is(const std::string& script) {
  auto file = dir / "bin/berth-init";
  std::ofstream{file} << "#!/bin/sh\n"
                         "[ \"$1\" != exec ] || exec berth-init \"$@\"\n"
                      << script << "\n";
  fs::permissions(file, fs::perms{0755});
}

std::shared_ptr<container_plan> node::plan(const std::string& id,
                                           uint32_t slot) {
  auto made = std::make_shared<container_plan>();
  made->id = id;
  made->hostname = "host-of-" + id;
  made->image.layers = {"base"};
  made->image.config.env = {"PATH=/bin", "FROM_IMAGE=yes"};
  made->slot = slot;
  made->env = {{"GITPOD_WORKSPACE_ID", id}};
  made->limits.memory_bytes = 256u << 20;
  made->limits.cpu_min_millis = 500;
  made->limits.cpu_burst_millis = 1500;
  made->limits.pids = 64;
  auto content = where().content(id);
  fs::create_directories(content);
  BOOST_REQUIRE(::chown(content.c_str(), 33333, 33333) == 0);
  made->content_dir = content.native();
  return made;
}

launched node::start(const std::shared_ptr<container_plan>& plan) {
  return need<launched>(launch{plan});
}

command node::begin_command(const std::string& id,
                            std::vector<std::string> argv,
                            command_options how) {
  auto order = exec{};
  order.token = "test-" + std::to_string(++sessions_);
  order.plan = {id, std::move(argv), {}, "", how.user, how.terminal};
  auto begun = command{process_, order.token};
  order.listener = begun.listener();
  need<done>(std::move(order));
  return begun;
}

command_end node::run(const std::string& id, std::vector<std::string> argv,
                      command_options how) {
  auto begun = begin_command(id, std::move(argv), how);
  if (!how.terminal)
    begun.type("", true);
  return begun.end();
}

std::string node::sh(const std::string& id, const std::string& script) {
  auto end = run(id, {"/bin/sh", "-c", script}, {"root"});
  auto text = end.out + end.err;
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

void node::restart_runtime() {
  if (runtime) {
    auto self = caf::scoped_actor{sys, true};
    self->send_exit(runtime, caf::exit_reason::user_shutdown);
    self->wait_for(runtime);
  }
  auto made = spawn_runtime_actor(sys, config, process_, services_);
  if (!made)
    BOOST_FAIL(describe(made.error()));
  runtime = *made;
}

template <class Message>
void node::ask_network(Message msg) {
  auto self = caf::scoped_actor{sys, true};
  self->request(network_, patience, msg)
    .receive([](const done&) {},
             [](caf::error& err) { BOOST_ERROR(describe(err)); });
}

void node::set_up_network() {
  ask_network(berth::set_up_network{});
}

void node::tear_down_network() {
  ask_network(berth::tear_down_network{});
}

std::vector<std::string> node::residue() const {
  auto found = std::vector<std::string>{};
  auto look = [&found](const fs::path& in, const std::string& start) {
    auto err = std::error_code{};
    for (const auto& entry : fs::directory_iterator{in, err})
      if (entry.path().filename().native().starts_with(start))
        found.push_back(entry.path().native());
  };
  for (auto name : {"ws", "roots", "exits", "crun"})
    look(config->node.run_dir / name, "");
  look(where().all_rootfs(), "");
  for (const auto& hierarchy : fs::directory_iterator{"/sys/fs/cgroup"})
    look(hierarchy.path() / where().cgroup(), "berth-");
  for (const auto& process : fs::directory_iterator{"/proc"}) {
    auto text = std::string{};
    auto err = std::error_code{};
    if (!fs::is_directory(process, err))
      continue;
    std::getline(std::ifstream{process.path() / "cmdline"}, text, '\xff');
    if (text.find(dir.native()) != std::string::npos
        && process.path().filename() != std::to_string(::getpid()))
      found.push_back(text);
  }
  auto links = output_of("ip -o link show | grep -o '" + where().link_prefix()
                         + "[0-9]*' || true");
  if (!links.empty())
    found.push_back(links);
  return found;
}

std::string output_of(const std::string& command) {
  auto text = std::string{};
  auto bytes = std::array<char, 4096>{};
  auto* from = ::popen(command.c_str(), "r");
  while (auto n = std::fread(bytes.data(), 1, bytes.size(), from))
    text.append(bytes.data(), n);
  ::pclose(from);
  return text;
}

bool reaches(node& n, const std::string& id, const std::string& address,
             int port) {
  auto end = n.run(id, {"/bin/nc", "-w", "1", address, std::to_string(port)});
  return end.code == 0;
}

} // namespace berth::test
