#include "app/berth/program.hpp"

#include <boost/test/unit_test.hpp>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <sstream>

#include "image-builder-api/imgbuilder.grpc.pb.h"

using namespace berth;

namespace {

/// A builder whose builds end as a test says.
struct builder_only final : builder::ImageBuilder::Service {
  builder::BuildRequest asked;
  builder::BuildStatus end = builder::done_success;
  std::string log = "STEP 1/1: FROM base\n";

  grpc::Status Build(grpc::ServerContext*, const builder::BuildRequest* request,
                     grpc::ServerWriter<builder::BuildResponse>* to) override {
    asked = *request;
    builder::BuildResponse told;
    told.mutable_info()->set_build_id("b1");
    told.set_status(builder::running);
    to->Write(told);
    told.set_status(end);
    told.set_message(end == builder::done_failure ? "exit status 7" : "");
    told.set_ref("localhost/workspace-images@sha256:abc");
    to->Write(told);
    return grpc::Status::OK;
  }

  grpc::Status Logs(grpc::ServerContext*, const builder::LogsRequest* request,
                    grpc::ServerWriter<builder::LogsResponse>* to) override {
    if (request->build_id() != "b1"
        && request->build_ref() != "localhost/workspace-images:tag")
      return {grpc::StatusCode::NOT_FOUND, "build not found"};
    builder::LogsResponse piece;
    piece.set_content(log);
    to->Write(piece);
    return grpc::Status::OK;
  }

  grpc::Status ListBuilds(grpc::ServerContext*,
                          const builder::ListBuildsRequest*,
                          builder::ListBuildsResponse* found) override {
    auto& one = *found->add_builds();
    one.set_build_id("b1");
    one.set_status(builder::running);
    one.set_ref("localhost/workspace-images:tag");
    found->add_builds()->set_build_id("c1");
    found->add_builds()->set_build_id("c2");
    return grpc::Status::OK;
  }
};

struct build_said {
  int code;
  std::string out, err;
};

struct build_verbs_fixture {
  build_verbs_fixture() {
    char name[] = "/tmp/berth-build-cli-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name) != nullptr);
    dir = name;
    grpc::ServerBuilder maker;
    maker.AddListeningPort(address(), grpc::InsecureServerCredentials());
    maker.RegisterService(&service);
    server = maker.BuildAndStart();
  }
  ~build_verbs_fixture() {
    server->Shutdown();
    std::filesystem::remove_all(dir);
  }

  std::string address() const { return "unix:" + (dir / "s").native(); }

  build_said ask(std::vector<std::string> words) {
    words.insert(words.begin(), {"--address", address()});
    std::ostringstream out, err;
    int code = cli::run_program(words, out, err);
    return {code, out.str(), err.str()};
  }

  const contentservice::GitInitializer& git() const {
    return service.asked.source().file().source().git();
  }

  std::filesystem::path dir;
  builder_only service;
  std::unique_ptr<grpc::Server> server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(build_verbs, build_verbs_fixture)

BOOST_AUTO_TEST_CASE(build_prints_the_image_alone_on_stdout) {
  auto said = ask({"build", "--git", "https://h/x.git", "--owner", "ann"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(said.out == "localhost/workspace-images@sha256:abc\n");
  BOOST_TEST(said.err == service.log);
  BOOST_TEST(ask({"build", "-q", "--git", "https://h/x.git"}).err == "");
}

BOOST_AUTO_TEST_CASE(build_asks_for_what_the_options_say) {
  ask({"build", "--git", "https://h/x.git#main", "--dockerfile", "a/D",
       "--context", ".", "--owner", "ann"});
  BOOST_TEST(git().remote_uri() == "https://h/x.git");
  BOOST_TEST(git().checkout_location() == "");
  BOOST_TEST(service.asked.source().file().dockerfile_path() == "a/D");
  BOOST_TEST(service.asked.source().file().context_path() == ".");
  BOOST_TEST(service.asked.triggered_by() == "ann");
  BOOST_TEST(service.asked.auth().total().allow_all());
  ask({"build", "--ref", "debian:12"});
  BOOST_TEST(service.asked.source().ref().ref() == "debian:12");
}

BOOST_AUTO_TEST_CASE(only_a_commit_is_answered_from_what_is_there) {
  auto commit = std::string(40, 'a');
  ask({"build", "--git", "https://h/x.git#" + commit});
  BOOST_TEST(!service.asked.force_rebuild());
  ask({"build", "-f", "--git", "https://h/x.git#" + commit});
  BOOST_TEST(service.asked.force_rebuild());
  ask({"build", "--git", "https://h/x.git#main"});
  BOOST_TEST(service.asked.force_rebuild());
}

BOOST_AUTO_TEST_CASE(a_directory_of_the_client_cannot_be_built) {
  auto said = ask({"build", "."});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(said.err.find("cannot be sent") != std::string::npos, said.err);
}

BOOST_AUTO_TEST_CASE(a_failed_build_is_code_3) {
  service.end = builder::done_failure;
  auto said = ask({"build", "-q", "--git", "https://h/x.git"});
  BOOST_TEST(said.code == 3);
  BOOST_TEST(said.out.empty());
  BOOST_TEST(said.err == "berth: build: exit status 7\n");
}

BOOST_AUTO_TEST_CASE(builds_and_their_logs_are_shown) {
  auto listed = ask({"builds"});
  BOOST_TEST(listed.code == 0);
  BOOST_TEST(listed.out.find("running") != std::string::npos);
  BOOST_TEST(listed.out.find("localhost/workspace-images:tag")
             != std::string::npos);
  BOOST_TEST(ask({"logs", "--build", "b1"}).out == service.log);
  BOOST_TEST(ask({"logs", "--build", "b"}).out == service.log);
  BOOST_TEST(ask({"logs", "--build", "localhost/workspace-images:tag"}).out
             == service.log);
  for (auto* wrong : {"b2", "", "c"})
    BOOST_TEST(ask({"logs", "--build", wrong}).code == 1);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_code_2) {
  for (const auto& words : std::vector<std::vector<std::string>>{
         {"build"},
         {"build", "x"},
         {"build", "--git", "https://h/x", "--ref", "y"},
         {"build", "--git", "https://h/x", "--owner", "a/b"},
         {"builds", "x"}})
    BOOST_TEST(ask(words).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
