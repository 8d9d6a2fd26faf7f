#include "test/worker/git_server.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

constexpr auto digest_of_hello
  = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A web server on loopback that has a file.
struct file_server {
  git_server server{0};
  temp_dir temp;
  unsigned jobs = 0;

  file_server() { write_file(server.files() / "f", "hello"); }

  initialize_job download(const std::string& path,
                          const std::string& digest = digest_of_hello) {
    auto root = contentservice::WorkspaceInitializer{};
    auto* file = root.mutable_download()->add_files();
    file->set_url(server.url("/files/f"));
    file->set_file_path(path);
    file->set_digest(digest);
    root.mutable_download()->set_target_location("down");
    auto job = initialize_job{};
    job.destination = temp.make("d" + std::to_string(++jobs));
    job.initializer = root.SerializeAsString();
    job.download_networks = {"127.0.0.0/8"};
    return job;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(downloads, file_server)

BOOST_AUTO_TEST_CASE(are_what_their_digest_says) {
  auto good = download("a/b");
  auto run = run_worker(good);
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(read_file(fs::path{good.destination} / "down/a/b") == "hello");
  auto bad = download("x", "sha256:" + std::string(64, '0'));
  BOOST_TEST(run_refused(bad) == ec::data_loss);
  BOOST_TEST(fs::is_empty(fs::path{bad.destination} / "down"));
  BOOST_TEST(run_refused(download("x", "md5:00")) == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(stay_where_they_belong) {
  for (auto* path : {"../x", "/etc/x", "a/../../x", ""})
    BOOST_TEST(run_refused(download(path)) == ec::invalid_argument, path);
}

BOOST_AUTO_TEST_CASE(reach_no_private_network_that_is_not_allowed) {
  for (const auto& allowed :
       {std::vector<std::string>{}, std::vector<std::string>{"10.0.0.0/8"}}) {
    auto job = download("x");
    job.download_networks = allowed;
    BOOST_TEST(run_refused(job) == ec::permission_denied);
  }
  auto denied = download("x");
  denied.denied_networks = {"127.0.0.1"};
  BOOST_TEST(run_refused(denied) == ec::permission_denied);
  BOOST_TEST(server.stop().find("GET /files") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
