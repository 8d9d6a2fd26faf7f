#include "test/grpc_gateway/gateway_fixture.hpp"

#include "actors/maintenance/maintenance_worker.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

namespace berth::test {

namespace {

using namespace std::chrono_literals;

template <class Message, class Fake>
auto handled_by(std::function<void(const Message&)> Fake::*handler,
                Fake* fake) {
  return [=](const Message& msg) {
    if (fake->*handler)
      (fake->*handler)(msg);
  };
}

workspace_manager_actor::behavior_type manager_fun(fake_manager* fake) {
  return {handled_by<start_workspace>(&fake_manager::start, fake),
          handled_by<stop_workspace>(&fake_manager::stop, fake),
          handled_by<describe_workspace>(&fake_manager::describe, fake),
          handled_by<get_workspaces>(&fake_manager::get, fake),
          handled_by<mark_active>(&fake_manager::mark, fake),
          handled_by<adjust_workspace>(&fake_manager::adjust, fake),
          handled_by<take_snapshot>(&fake_manager::snapshot, fake),
          handled_by<backup_workspace>(&fake_manager::backup, fake),
          handled_by<exec_in_workspace>(&fake_manager::exec, fake),
          handled_by<find_log>(&fake_manager::log, fake),
          [](const drain&) {}};
}

content_sessions_actor::behavior_type sessions_fun(fake_sessions* fake) {
  return {handled_by<init_session>(&fake_sessions::init, fake),
          handled_by<await_session>(&fake_sessions::await, fake),
          handled_by<find_session>(&fake_sessions::find, fake),
          handled_by<snapshot_session>(&fake_sessions::snapshot, fake),
          handled_by<backup_session>(&fake_sessions::backup, fake),
          handled_by<dispose_session>(&fake_sessions::dispose, fake)};
}

image_store_actor::behavior_type images_fun(gateway_fixture* test) {
  return {
    [](const resolve_image&) -> caf::result<stored_image> {
      return make_error(ec::unimplemented, "resolve");
    },
    [test](const import_image& msg) -> caf::result<stored_image> {
      auto image = test->import(msg);
      if (!image)
        return image.error();
      return *image;
    },
    [](list_images) {
      return image_list{{stored_image{"b", "sha256:2", {"l"}, {}, 2, 2},
                         stored_image{"a", "sha256:1", {}, {}, 1, 1}}};
    },
    [](const remove_image& msg) -> caf::result<done> {
      if (msg.name != "a")
        return make_error(ec::not_found, "no image " + msg.name);
      return done{};
    },
    [](const hold_layers&) {},
    [](const drop_layers&) {},
  };
}

process_actor::behavior_type process_fun(gateway_fixture* test) {
  auto note = [test](const std::string& what) {
    if (test->session_event)
      test->session_event(what);
  };
  return {
    [](const run_child&) -> caf::result<child_exit> { return child_exit{}; },
    [](const follow_child&) -> caf::result<child_exit> { return child_exit{}; },
    [note](const kill_child& msg) {
      note("signal " + std::to_string(msg.signal));
    },
    [](const await_exit&) -> caf::result<process_gone> {
      return process_gone{};
    },
    [](const open_session&) -> caf::result<done> { return done{}; },
    [test](const session_input& msg) {
      if (test->input)
        test->input(msg);
    },
    [note](const session_resize& msg) {
      note("resize " + std::to_string(msg.size.rows));
    },
    [note](const session_resume&) { note("resume"); },
    [note](const close_session&) { note("close"); },
  };
}

std::filesystem::path make_temporary() {
  auto name = std::string{"/tmp/berth-gateway-XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

} // namespace

temporary_directory::temporary_directory() : path(make_temporary()) {}

temporary_directory::~temporary_directory() {
  std::filesystem::remove_all(path);
}

gateway_fixture::gateway_fixture()
  : config(std::make_shared<settings>(sample_settings())),
    actors(actors_config) {
  config->node.state_dir = directory.path;
  config->grpc.unix_socket = directory.path / "s";
  bus = actors.spawn(event_bus);
}

void gateway_fixture::set_deadline(grpc::ClientContext& ctx) {
  ctx.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds{30});
}

void gateway_fixture::start() {
  auto deps = gateway::node_service_deps{
    actors.spawn([this] { return manager_fun(&manager); }),
    bus,
    actors.spawn([this] { return images_fun(this); }),
    actors.spawn([this] { return process_fun(this); }),
    doctor,
    "1.2.3",
    "127.0.0.1:7401",
    {},
    calls,
    published,
    actors.spawn(maintenance_worker, directory.path / "maintenance.json"),
    actors.spawn([this] { return sessions_fun(&sessions); })};
  auto started = gateway::gateway::start(actors, config, deps);
  BOOST_REQUIRE_MESSAGE(started,
                        describe(started ? caf::error{} : started.error()));
  server = std::move(*started);
}

gateway_fixture::~gateway_fixture() {
  if (server)
    server->stop(5s);
}

std::shared_ptr<grpc::Channel>
gateway_fixture::channel(const grpc::ChannelArguments& arguments) {
  auto own = arguments;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server->address(),
                                   grpc::InsecureChannelCredentials(), own);
}

std::unique_ptr<wsman::WorkspaceManager::Stub> gateway_fixture::manager_stub() {
  return wsman::WorkspaceManager::NewStub(channel());
}

std::unique_ptr<v1::Node::Stub> gateway_fixture::node_stub() {
  return v1::Node::NewStub(channel());
}

std::unique_ptr<wsdaemon::WorkspaceContentService::Stub>
gateway_fixture::content_stub() {
  return wsdaemon::WorkspaceContentService::NewStub(channel());
}

void gateway_fixture::tell(workspace_record record) {
  caf::anon_send(
    bus, publish{std::make_shared<const workspace_record>(std::move(record))});
}

settings sample_settings() {
  auto out = settings{};
  out.node.name = "node";
  out.grpc.address = "127.0.0.1:0";
  out.ingress.host = "ws.example.com";
  out.ingress.port_url
    = "http://{{ .WorkspacePort }}-{{ .Prefix }}.{{ .Host }}";
  out.timeouts.regular = 30min;
  out.timeouts.after_close = 2min;
  out.classes["default"].id = "default";
  out.classes["large"] = {.id = "large",
                          .display_name = "Large",
                          .description = {},
                          .cpu_min_millis = 500,
                          .cpu_burst_millis = 4000};
  return out;
}

wsman::StartWorkspaceRequest sample_request() {
  auto request = wsman::StartWorkspaceRequest{};
  request.set_id("8d3f1d6a-0000-4000-8000-000000000001");
  request.set_service_prefix("amaranth-smelt-9ba20cc1");
  request.mutable_metadata()->set_owner("owner-1");
  request.mutable_metadata()->set_meta_id("amaranth-smelt-9ba20cc1");
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image("registry.example.com/base:latest");
  spec.set_workspace_location("/workspace/repo");
  auto& git = *spec.mutable_initializer()->mutable_git();
  git.set_remote_uri("https://git.example.com/a/repo.git");
  git.set_checkout_location("repo");
  git.mutable_config();
  return request;
}

workspace_record sample_record(const std::string& id) {
  auto record = workspace_record{};
  record.spec.id = id;
  record.spec.owner = "owner-1";
  record.spec.meta_id = "meta-" + id;
  record.spec.image = "base";
  record.spec.ide_web_ref = "ide";
  record.spec.class_id = "default";
  record.spec.ports = {{3000, true, false}, {80, false, true}};
  for (auto i = 0; i < 20; ++i)
    record.spec.annotations["key" + std::to_string(i)] = std::to_string(i);
  record.version = 7;
  record.phase = phase::running;
  record.url = "http://meta-" + id + ".ws.example.com";
  record.owner_token = "secret";
  record.node_name = "node";
  record.node_ip = "10.20.0.2";
  record.created_at = wall_time{1'700'000'000'500'000'000ns};
  return record;
}

} // namespace berth::test
