#include "test/worker/git_server.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>

using namespace berth;
using namespace berth::test;

namespace {

/// A bare repository with one file that is kept by git-lfs(1), beside it.
struct lfs_fixture {
  temp_dir temp;
  std::filesystem::path bare = temp / "bare";

  lfs_fixture() { make_repository(bare); }

  static void make_repository(const std::filesystem::path& bare) {
    shell("w=$(mktemp -d) && git init -q --bare -b main " + bare.string()
          + " && cd $w && git init -q -b main && git lfs install --local"
            " && git config user.email a@b && git config user.name n"
            " && git lfs track '*.bin' && mkdir sub && echo large > sub/a.bin"
            " && echo small > b.txt && git add . && git commit -qm one"
            " && git remote add origin file://"
          + bare.string()
          + " && git push -q origin main && rm -rf $w"
            // What serves a path needs room for itself beside the objects.
            " && chown -R 33333 "
          + bare.string());
  }

  initialize_job job(const std::filesystem::path& to) const {
    return job(to, "file://" + bare.string(), "");
  }

  static initialize_job job(const std::filesystem::path& to,
                            const std::string& url,
                            const std::string& password) {
    auto root = contentservice::WorkspaceInitializer{};
    auto& git = *root.mutable_git();
    git.set_remote_uri(url);
    git.set_checkout_location("repo");
    auto& config = *git.mutable_config();
    if (!password.empty()) {
      config.set_authentication(contentservice::BASIC_AUTH);
      config.set_auth_user("oauth2");
      config.set_auth_password(password);
    }
    auto out = initialize_job{};
    out.destination = to;
    out.initializer = root.SerializeAsString();
    out.allow_file_urls = true;
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(git_lfs_test, lfs_fixture)

BOOST_AUTO_TEST_CASE(large_files_are_there_instead_of_their_pointers) {
  auto to = temp.make("to");
  run_ok<initialize_outcome>(job(to));
  BOOST_TEST(read_file(to / "repo/sub/a.bin") == "large\n");
  BOOST_TEST(read_file(to / "repo/b.txt") == "small\n");
}

BOOST_AUTO_TEST_CASE(what_the_server_lost_stays_a_pointer_and_is_told) {
  std::filesystem::remove_all(bare / "lfs");
  auto to = temp.make("to");
  auto run = run_worker(job(to));
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  auto text = read_file(to / "repo/sub/a.bin");
  BOOST_TEST(text.starts_with("version https://git-lfs"), text);
  auto told
    = std::any_of(run.progress.begin(), run.progress.end(), [](const auto& it) {
        return it.text.starts_with("files of git-lfs");
      });
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(large_files_are_fetched_with_the_password) {
  auto server = git_server{};
  auto closed = server.repository("large.git");
  make_repository(closed);
  shell("find " + closed.string() + "/lfs/objects -type f -exec cp -t "
        + server.large_files().string() + " {} + && chmod -R a+rX "
        + server.large_files().string());
  auto to = temp.make("to");
  run_ok<initialize_outcome>(
    job(to, server.url("/closed/large.git"), "s3cret-token"));
  BOOST_TEST(read_file(to / "repo/sub/a.bin") == "large\n");
  shell("! grep -r s3cret-token " + to.string());
  auto log = server.stop();
  BOOST_TEST(log.find("oauth2 POST /closed/large.git/info/lfs/objects/batch")
             != std::string::npos);
  BOOST_TEST(log.find("oauth2 GET /lfs/") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
