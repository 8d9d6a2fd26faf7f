#include "test/registry/image_builder_fixture.hpp"

#include "actors/jobs/job.hpp"
#include "actors/kernel/hands.hpp"
#include "actors/process/process_worker.hpp"
#include "actors/resolve/login_file_worker.hpp"
#include "actors/resolve/resolver.hpp"
#include "core/builds/registry_auth.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace berth::test {

using namespace std::chrono_literals;

namespace {

/// A node that has no images but `here`.
image_store_actor::behavior_type images_of(const image_list& here) {
  return {
    [](const resolve_image&) { return stored_image{}; },
    [](const import_image&) { return stored_image{}; },
    [&here](list_images) { return here; },
    [](const remove_image&) { return done{}; },
    [](const hold_layers&) {},
    [](const drop_layers&) {},
  };
}

template <class Ask>
image_builder_fixture::said timed(Ask ask) {
  auto begin = std::chrono::steady_clock::now();
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + 60s);
  auto said = image_builder_fixture::said{};
  auto status = ask(context, said);
  said.took = std::chrono::steady_clock::now() - begin;
  said.code = status.error_code();
  said.why = status.error_message();
  return said;
}

} // namespace

image_builder_fixture::config::config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2u);
  set("logger.verbosity", caf::atom("quiet"));
}

image_builder_fixture::image_builder_fixture() {
  char path[] = "/tmp/berth-builder-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(path));
  dir_ = path;
  std::ofstream{dir_ / "auth.json"} << to_auth_json(
    registry.host(), {registry_server::user, registry_server::password, {}});
  all_->grpc.address = "127.0.0.1:0";
  all_->images.registries[registry.host()] = {true, dir_ / "auth.json"};
  all_->images.base_repository = name("bases");
  all_->images.workspace_repository = name("workspaces");
  auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  process_ = spawn_process_actor(system_);
  auto with
    = job_deps{process_, detached_hands(system_, programs), programs, {}};
  images_ = system_.spawn([this] { return images_of(here); });
  resolver_ = system_.spawn(
    resolver,
    resolver_deps{
      all_,
      images_,
      [this, with] { return system_.spawn(job, with); },
      [this] { return system_.spawn<caf::detached>(login_file_worker); },
      {500'000'000, 65536}});
  auto deps = gateway::node_service_deps{};
  deps.resolver = resolver_;
  auto started = gateway::gateway::start(system_, all_, deps);
  BOOST_REQUIRE(started);
  gateway_ = std::move(*started);
  stub_ = builder::ImageBuilder::NewStub(grpc::CreateChannel(
    gateway_->address(), grpc::InsecureChannelCredentials()));
}

image_builder_fixture::~image_builder_fixture() {
  gateway_->stop(5s);
  for (const auto& actor : {caf::actor_cast<caf::actor>(resolver_),
                            caf::actor_cast<caf::actor>(images_),
                            caf::actor_cast<caf::actor>(process_)})
    self_->send_exit(actor, caf::exit_reason::user_shutdown);
  std::filesystem::remove_all(dir_);
}

std::string image_builder_fixture::name(const std::string& path) const {
  return registry.host() + "/" + path;
}

image_builder_fixture::said
image_builder_fixture::resolve(const std::string& reference,
                               const builder::BuildRegistryAuth& auth) {
  return timed([&](grpc::ClientContext& context, said& out) {
    auto request = builder::ResolveBaseImageRequest{};
    request.set_ref(reference);
    *request.mutable_auth() = auth;
    auto response = builder::ResolveBaseImageResponse{};
    auto status = stub_->ResolveBaseImage(&context, request, &response);
    out.reference = response.ref();
    return status;
  });
}

image_builder_fixture::said image_builder_fixture::resolve(
  const builder::ResolveWorkspaceImageRequest& request) {
  return timed([&](grpc::ClientContext& context, said& out) {
    auto response = builder::ResolveWorkspaceImageResponse{};
    auto status = stub_->ResolveWorkspaceImage(&context, request, &response);
    out.reference = response.ref();
    out.base = response.base_ref();
    out.status = response.status();
    return status;
  });
}

} // namespace berth::test
