#include "test/builds/building.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace berth::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Longer than anything here takes; only a bug reaches it.
constexpr auto building_patience = 5min;

std::chrono::system_clock::time_point soon() {
  return std::chrono::system_clock::now() + building_patience;
}

std::string shell(const std::string& line) {
  auto ended = e2e::run({"/bin/sh", "-ec", line});
  BOOST_REQUIRE_MESSAGE(ended.code == 0, line + "\n" + ended.text);
  return ended.text;
}

} // namespace

building::building(const std::string& more)
  : furnished_service("content: {allow_file_urls: true}\n"
                      "runtime: {subnet: 10.197.0.0/16}\n"
                      "classes: {by-image: {container: image}}\n"
                      + more) {
  char name[] = "/srv/berth-build-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(name) != nullptr);
  place_ = name;
  fs::permissions(place_, fs::perms{0755});
  shell("cd " + place_.native()
        + "; git init -q -b main work; git -C work config user.name a; "
          "git -C work config user.email a@b");
}

building::~building() {
  fs::remove_all(place_);
}

std::string building::commit(const std::map<std::string, std::string>& files) {
  for (const auto& [path, text] : files) {
    auto where = place_ / "work" / path;
    fs::create_directories(where.parent_path());
    fs::remove(where); // a case before may have left a link of root's there
    std::ofstream{where} << text;
  }
  return commit_line(":");
}

std::string building::commit_line(const std::string& line) {
  auto named = shell("cd " + (place_ / "work").native() + "; " + line
                     + "; git add -A; git commit -qm x --allow-empty; "
                       "git rev-parse HEAD");
  return named.substr(named.size() - 41, 40);
}

builder::BuildRequest building::request(const std::string& dockerfile,
                                        const std::string& context) const {
  auto out = builder::BuildRequest{};
  auto& file = *out.mutable_source()->mutable_file();
  auto& git = *file.mutable_source()->mutable_git();
  git.set_remote_uri("file://" + (place_ / "work").native());
  git.mutable_config();
  file.set_dockerfile_path(dockerfile);
  file.set_dockerfile_version(e2e::fresh_id());
  file.set_context_path(context);
  out.set_triggered_by("anna");
  return out;
}

std::unique_ptr<builder::ImageBuilder::Stub> building::stub() const {
  return builder::ImageBuilder::NewStub(
    grpc::CreateChannel("unix:" + (run_dir() / "berthd.sock").native(),
                        grpc::InsecureChannelCredentials()));
}

building::ended building::build(const builder::BuildRequest& what,
                                const hearing& on_told) {
  auto out = ended{};
  auto client = stub();
  auto context = grpc::ClientContext{};
  context.set_deadline(soon());
  auto stream = client->Build(&context, what);
  auto message = builder::BuildResponse{};
  while (stream->Read(&message)) {
    out.told.push_back(message);
    if (on_told && !on_told(message))
      context.TryCancel();
  }
  out.status = stream->Finish();
  if (!out.told.empty() && out.status.ok()
      && !out.last().info().build_id().empty())
    out.log = log_of(out.last().info().build_id()).second;
  return out;
}

std::pair<grpc::Status, std::string> building::log_of(const std::string& id,
                                                      bool censored) {
  auto client = stub();
  auto context = grpc::ClientContext{};
  context.set_deadline(soon());
  auto request = builder::LogsRequest{};
  request.set_build_id(id);
  request.set_censored(censored);
  auto stream = client->Logs(&context, request);
  auto text = std::string{};
  auto piece = builder::LogsResponse{};
  while (stream->Read(&piece))
    text += piece.content();
  return {stream->Finish(), text};
}

std::vector<builder::BuildInfo> building::builds() {
  auto context = grpc::ClientContext{};
  context.set_deadline(soon());
  auto found = builder::ListBuildsResponse{};
  auto status = stub()->ListBuilds(&context, {}, &found);
  BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
  return {found.builds().begin(), found.builds().end()};
}

std::optional<builder::BuildInfo> building::info_of(const std::string& id) {
  for (auto& each : builds())
    if (each.build_id() == id)
      return each;
  return std::nullopt;
}

} // namespace berth::test
