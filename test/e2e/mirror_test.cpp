#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

namespace berth::e2e {

namespace {

struct mirroring_service : furnished_service {
  wsman::StartWorkspaceRequest clone_of(const std::string& url, bool full) {
    auto wanted = request(fresh_id());
    auto& git = *wanted.mutable_spec()->mutable_initializer()->mutable_git();
    git.set_remote_uri(url);
    git.set_full_clone(full);
    git.set_checkout_location("project");
    git.mutable_config()->set_authentication(contentservice::NO_AUTH);
    return wanted;
  }

  void run_to_ready(const wsman::StartWorkspaceRequest& wanted) {
    BOOST_REQUIRE(start(wanted).ok());
    auto status = await(wanted.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed());
  }

  std::string metric(const std::string& name) {
    grpc::ClientContext context;
    v1::NodeInfoResponse info;
    BOOST_REQUIRE(node().NodeInfo(&context, {}, &info).ok());
    auto page = run({"/bin/busybox", "wget", "-qO-",
                     "http://" + info.http_address() + "/metrics"});
    auto lines = std::istringstream{page.text};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(name + " "))
        return line.substr(name.size() + 1);
    return "missing";
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(the_next_clone_takes_from_a_mirror_and_stands_alone,
                        mirroring_service) {
  auto server = git_server{dir()};
  run_to_ready(clone_of(server.url(), true));
  BOOST_TEST(metric("berth_git_mirror_uses_total") == "0");
  while (metric("berth_git_mirrors") == "0") {
  }
  for (auto full : {true, false}) {
    auto again = clone_of(server.url(), full);
    run_to_ready(again);
    auto checked = exec(again.id(), {"sh", "-c",
                                     "cd /workspace/project && git fsck && "
                                     "cat README.md; ls .git/objects/info"});
    BOOST_TEST(checked.code == 0, checked.text);
    BOOST_TEST(checked.text.find("hello\n") != std::string::npos, checked.text);
    BOOST_TEST(checked.text.find("alternates") == std::string::npos,
               checked.text);
  }
  BOOST_TEST(metric("berth_git_mirror_uses_total") == "2");
  BOOST_TEST(metric("berth_git_mirror_failures_total") == "0");
}

} // namespace berth::e2e
