#include "test/e2e/service.hpp"

#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace berth::e2e {

using namespace std::chrono_literals;

namespace {

std::filesystem::path bin() {
  auto* dir = std::getenv("BERTH_BIN");
  BOOST_REQUIRE_MESSAGE(dir, "BERTH_BIN names no directory of programs");
  return dir;
}

std::filesystem::path make_dir() {
  auto text = std::string{"/tmp/berth-e2e.XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(text.data()));
  return text;
}

sys::fd open_for_writing(const std::filesystem::path& path) {
  return sys::fd{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
}

std::string read_all(const std::filesystem::path& path) {
  auto text = std::stringstream{};
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

void make_root_file_system(const std::filesystem::path& root,
                           const std::vector<std::filesystem::path>& programs) {
  auto script = R"sh(set -e
    mkdir -p "$0/bin" "$0/etc" "$0/root" "$0/tmp" "$0/usr/bin"
    cp /bin/busybox "$0/bin/"
    for applet in $(/bin/busybox --list); do
      [ -e "$0/bin/$applet" ] || ln -s /bin/busybox "$0/bin/$applet"
    done
    exec_path=$(git --exec-path)
    cp --parents /usr/bin/git "$exec_path/git" "$0/"
    for program in "$@"; do
      cp "$program" "$0/bin/"
    done
    for program in /usr/bin/git "$@"; do
      ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$0$(dirname "$library")"; cp -L "$library" "$0$library"
      done || true
    done
    echo root:x:0:0:root:/root:/bin/sh > "$0/etc/passwd"
    chmod 1777 "$0/tmp"
    echo root:x:0: > "$0/etc/group")sh";
  auto command
    = std::vector<std::string>{"/bin/sh", "-c", script, root.native()};
  command.insert(command.end(), programs.begin(), programs.end());
  auto made = run(command);
  BOOST_REQUIRE_MESSAGE(made.code == 0, made.text);
}

} // namespace

outcome run(const std::vector<std::string>& argv) {
  auto ends = std::array<int, 2>{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  auto ours = sys::fd{ends[0]};
  auto theirs = sys::fd{ends[1]};
  auto spec = sys::spawn_spec{};
  spec.argv = argv;
  spec.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"};
  spec.fds = {{theirs.get(), 1}, {theirs.get(), 2}};
  auto child = sys::spawn(spec);
  BOOST_REQUIRE_MESSAGE(child, "spawn " + argv.front());
  theirs = sys::fd{};
  auto result = outcome{};
  auto buffer = std::array<char, 4096>{};
  for (ssize_t n; (n = ::read(ours.get(), buffer.data(), buffer.size())) > 0;)
    result.text.append(buffer.data(), static_cast<size_t>(n));
  result.code = *sys::wait_child(child->pid);
  return result;
}

bool has_compatible_containers() {
  auto* kind = std::getenv("BERTH_TEST_KIND");
  return kind != nullptr && std::string_view{kind} == "compatible";
}

std::string workspace_uid() {
  return has_compatible_containers() ? "133332" : "33333";
}

service::service(const std::string& more, const std::string& grpc,
                 const std::filesystem::path& where)
  : dir_(make_dir()), state_(where.empty() ? dir_ / "state" : where) {
  auto config = std::ofstream{dir_ / "berthd.yaml"};
  config << "node: {name: test, state_dir: " << state().native()
         << ", run_dir: " << run_dir().native() << "}\n"
         << "grpc: {address: \"127.0.0.1:0\"" << grpc << "}\n"
         << "http: {address: \"127.0.0.1:0\"}\n"
         << "log: {format: text, level: debug}\n"
         << more;
  if (has_compatible_containers() && more.find("classes:") == more.npos)
    config << "classes: {default: {container: compatible, memory: 4Gi, "
              "pids: 4096}}\n";
  if (more.find("timeouts:") == std::string::npos)
    config << "timeouts: {stopped_retention: 30m}\n";
  config.close();
  begin();
}

service::~service() {
  if (pid_ > 0) {
    for (const auto& status : list())
      if (status.phase() != wsman::STOPPED)
        stop(status.id(), wsman::ABORT);
    for (const auto& status : list())
      if (status.phase() != wsman::STOPPED)
        await(status.id(), wsman::STOPPED);
    end();
  }
  std::filesystem::remove_all(dir_);
}

void service::begin() {
  auto log = open_for_writing(dir_ / "log");
  auto spec = sys::spawn_spec{};
  spec.argv = {bin() / "berthd", "--config", dir_ / "berthd.yaml"};
  spec.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
              "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1"};
  spec.fds = {{log.get(), 1}, {log.get(), 2}};
  auto child = sys::spawn(spec);
  BOOST_REQUIRE(child);
  pid_ = child->pid;
  auto arguments = grpc::ChannelArguments{};
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  channel_
    = grpc::CreateCustomChannel("unix:" + (run_dir() / "berthd.sock").native(),
                                grpc::InsecureChannelCredentials(), arguments);
  manager_ = wsman::WorkspaceManager::NewStub(channel_);
  node_ = v1::Node::NewStub(channel_);
  content_ = wsdaemon::WorkspaceContentService::NewStub(channel_);
  auto context = grpc::ClientContext{};
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + 30s);
  auto response = v1::NodeInfoResponse{};
  auto status = node_->NodeInfo(&context, {}, &response);
  // It may answer before it has recovered: that is awaited next.
  BOOST_REQUIRE_MESSAGE(
    status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE,
    status.error_message() + "\n" + log_text());
  await_recovery();
}

int service::end() {
  ::kill(pid_, SIGTERM);
  auto code = sys::wait_child(std::exchange(pid_, -1));
  return code ? *code : -1;
}

void service::crash() {
  ::kill(pid_, SIGKILL);
  (void)sys::wait_child(std::exchange(pid_, -1));
}

void service::await_recovery() {
  auto deadline = std::chrono::steady_clock::now() + 30s;
  auto response = wsman::GetWorkspacesResponse{};
  while (true) {
    auto context = grpc::ClientContext{};
    auto status = manager_->GetWorkspaces(&context, {}, &response);
    if (status.ok())
      return;
    BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline,
                          status.error_message());
    // UNAVAILABLE says "try again in a moment"; there is no event for it.
    std::this_thread::yield();
  }
}

void service::import_base(const std::vector<std::filesystem::path>& programs) {
  auto root = dir_ / "image";
  make_root_file_system(root, programs);
  auto packed = run({"/bin/tar", "-C", root, "-cf", dir_ / "image.tar", "."});
  BOOST_REQUIRE_MESSAGE(packed.code == 0, packed.text);
  auto context = grpc::ClientContext{};
  auto response = v1::ImportImageResponse{};
  auto writer = node_->ImportImage(&context, &response);
  auto message = v1::ImportImageRequest{};
  message.set_name("base");
  auto file = std::ifstream{dir_ / "image.tar", std::ios::binary};
  auto buffer = std::vector<char>(1 << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    message.set_chunk(buffer.data(), static_cast<size_t>(file.gcount()));
    if (!writer->Write(message))
      break;
    message.clear_name();
  }
  writer->WritesDone();
  auto status = writer->Finish();
  BOOST_REQUIRE_MESSAGE(status.ok(),
                        status.error_message() + "\n" + log_text());
}

wsman::StartWorkspaceRequest service::request(const std::string& id) {
  auto request = wsman::StartWorkspaceRequest{};
  request.set_id(id);
  request.set_service_prefix("meta-" + id);
  request.mutable_metadata()->set_owner("anna");
  request.mutable_metadata()->set_meta_id("meta-" + id);
  request.set_type(wsman::REGULAR);
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image("base");
  spec.set_workspace_location("/");
  spec.mutable_initializer()->mutable_empty();
  return request;
}

grpc::Status service::start(const wsman::StartWorkspaceRequest& request) {
  auto context = grpc::ClientContext{};
  auto response = wsman::StartWorkspaceResponse{};
  return manager_->StartWorkspace(&context, request, &response);
}

grpc::Status service::stop(const std::string& id,
                           wsman::StopWorkspacePolicy policy) {
  auto context = grpc::ClientContext{};
  auto request = wsman::StopWorkspaceRequest{};
  request.set_id(id);
  request.set_policy(policy);
  auto response = wsman::StopWorkspaceResponse{};
  return manager_->StopWorkspace(&context, request, &response);
}

std::optional<wsman::WorkspaceStatus> service::describe(const std::string& id) {
  auto context = grpc::ClientContext{};
  auto request = wsman::DescribeWorkspaceRequest{};
  request.set_id(id);
  auto response = wsman::DescribeWorkspaceResponse{};
  auto status = manager_->DescribeWorkspace(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND)
    return std::nullopt;
  BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
  return response.status();
}

std::vector<wsman::WorkspaceStatus> service::list() {
  auto context = grpc::ClientContext{};
  auto response = wsman::GetWorkspacesResponse{};
  auto status = manager_->GetWorkspaces(&context, {}, &response);
  BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
  return {response.status().begin(), response.status().end()};
}

wsman::WorkspaceStatus service::await(const std::string& id,
                                      wsman::WorkspacePhase phase,
                                      std::chrono::seconds limit) {
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + limit);
  auto stream = manager_->Subscribe(&context, {});
  auto update = wsman::SubscribeResponse{};
  while (stream->Read(&update))
    if (update.status().id() == id
        && (update.status().phase() == phase
            || update.status().phase() == wsman::STOPPED)) {
      context.TryCancel();
      return update.status();
    }
  auto why = stream->Finish();
  BOOST_FAIL(id << " never came to phase " << phase << ": "
                << why.error_message() << "\n"
                << log_text());
  return {};
}

std::vector<wsman::WorkspaceStatus> service::watch_life(
  const wsman::StartWorkspaceRequest& request,
  const std::function<void(const wsman::WorkspaceStatus&)>& on_update) {
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + 90s);
  auto stream = manager_->Subscribe(&context, {});
  auto started = start(request);
  BOOST_REQUIRE_MESSAGE(started.ok(), started.error_message());
  auto seen = std::vector<wsman::WorkspaceStatus>{};
  auto update = wsman::SubscribeResponse{};
  while (stream->Read(&update)) {
    if (update.status().id() != request.id())
      continue;
    seen.push_back(update.status());
    if (on_update)
      on_update(seen.back());
    if (seen.back().phase() == wsman::STOPPED) {
      context.TryCancel();
      return seen;
    }
  }
  BOOST_FAIL(request.id() << " never stopped: "
                          << stream->Finish().error_message() << "\n"
                          << log_text());
  return seen;
}

outcome service::exec(const std::string& id, std::vector<std::string> argv,
                      std::chrono::seconds limit, const std::string& user) {
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + limit);
  auto stream = node_->Exec(&context);
  auto request = v1::ExecRequest{};
  request.mutable_start()->set_id(id);
  request.mutable_start()->set_user(user);
  for (auto& word : argv)
    request.mutable_start()->add_command(std::move(word));
  stream->Write(request);
  request.Clear();
  request.set_input_end(true);
  stream->Write(request);
  stream->WritesDone();
  auto result = outcome{};
  auto response = v1::ExecResponse{};
  while (stream->Read(&response)) {
    result.text += response.stdout() + response.stderr();
    if (response.event_case() == v1::ExecResponse::kExitCode)
      result.code = response.exit_code();
  }
  auto status = stream->Finish();
  if (!status.ok())
    result.text += status.error_message();
  return result;
}

std::string service::log_text() const {
  return read_all(dir_ / "log");
}

std::string fresh_id() {
  static auto count = 0;
  return "t" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

} // namespace berth::e2e
