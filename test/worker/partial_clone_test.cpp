#include "test/worker/git_server.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>

using namespace berth;
using namespace berth::test;

namespace {

/// A server that knows partial clones, and a repository with a past.
struct partial_fixture {
  git_server server;
  temp_dir temp;
  std::filesystem::path to = temp.make("to");

  partial_fixture() {
    auto bare = server.repository("a.git").string();
    shell("w=$(mktemp -d) && git init -q --bare -b main " + bare + " && git -C "
          + bare
          + " config uploadpack.allowFilter true && cd $w"
            " && git init -q -b main && git config user.email a@b"
            " && git config user.name n && echo old > file && git add ."
            " && git commit -qm one && git branch other"
            " && echo new > file && git commit -qam two && git remote add o "
          + bare
          + " && git push -q o main other && rm -rf $w && chown -R 33333 "
          + bare);
  }

  initialize_job job(const std::string& filter,
                     const std::string& branch = "") const {
    auto root = contentservice::WorkspaceInitializer{};
    auto& git = *root.mutable_git();
    git.set_remote_uri(server.url("/closed/a.git"));
    git.set_checkout_location("repo");
    if (!branch.empty()) {
      git.set_target_mode(contentservice::REMOTE_BRANCH);
      git.set_clone_taget(branch);
    }
    auto& config = *git.mutable_config();
    config.set_authentication(contentservice::BASIC_AUTH);
    config.set_auth_user("oauth2");
    config.set_auth_password("s3cret-token");
    (*config.mutable_custom_config())["remote.origin.partialCloneFilter"]
      = filter;
    auto out = initialize_job{};
    out.destination = to;
    out.initializer = root.SerializeAsString();
    return out;
  }

  std::string in_repo(const std::string& command) const {
    return shell("cd " + (to / "repo").string()
                 + " && git -c safe.directory='*' " + command);
  }

  size_t missing_objects() const {
    auto all = in_repo("rev-list --objects --missing=print --all");
    return static_cast<size_t>(std::count(all.begin(), all.end(), '?'));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(partial_clone_test, partial_fixture)

BOOST_AUTO_TEST_CASE(it_has_all_commits_and_the_files_that_are_needed) {
  run_ok<initialize_outcome>(job("blob:none"));
  BOOST_TEST(read_file(to / "repo/file") == "new\n");
  BOOST_TEST(in_repo("rev-list --count HEAD") == "2\n");
  BOOST_TEST(missing_objects() == 1u);
  BOOST_TEST(in_repo("config remote.origin.partialclonefilter")
             == "blob:none\n");
}

BOOST_AUTO_TEST_CASE(a_checkout_fetches_what_it_needs_with_the_password) {
  run_ok<initialize_outcome>(job("blob:none", "other"));
  BOOST_TEST(read_file(to / "repo/file") == "old\n");
  BOOST_TEST(in_repo("branch --show-current") == "other\n");
  BOOST_TEST(missing_objects() == 0u);
}

BOOST_AUTO_TEST_CASE(other_filters_are_refused) {
  for (auto* filter : {"", "sparse:oid=main", "blob:limit=", "tree:-1",
                       "combine:blob:none+tree:0", "--upload-pack=x"})
    BOOST_TEST(run_refused(job(filter)) == ec::invalid_argument, filter);
  for (auto* filter : {"blob:limit=1k", "tree:1"}) {
    run_ok<initialize_outcome>(job(filter));
    BOOST_TEST(read_file(to / "repo/file") == "new\n");
    shell("rm -rf " + to.string() + " && mkdir " + to.string());
  }
}

// What a restored repository says of missing objects leads nowhere.
BOOST_AUTO_TEST_CASE(a_local_command_asks_no_server) {
  auto evil = server.url("/open/evil.git");
  auto repo = temp.make("from/repo").string();
  shell("cd " + repo
        + " && git init -q -b main && git config user.email a@b"
          " && git config user.name n && echo old > file && git add ."
          " && git commit -qm one && rm -rf $(git rev-parse HEAD:file | sed"
          " 's|^..|.git/objects/&/|') && echo changed > file"
          " && git config core.repositoryformatversion 1"
          " && git config extensions.partialClone evil"
          " && git config remote.evil.promisor true"
          " && git config remote.evil.url "
        + evil);
  auto packed = temp / "a";
  {
    auto file = inherited_file::create(packed);
    run_ok<archive_outcome>(archive_job{temp / "from", file.get(), {}});
  }
  auto file = inherited_file::read(packed);
  auto what = job("blob:none");
  auto root = contentservice::WorkspaceInitializer{};
  root.ParseFromString(what.initializer);
  auto git = root.git();
  auto& prebuild = *root.mutable_prebuild();
  *prebuild.add_git() = git;
  auto name = std::string{"o/workspaces/m/snapshot-1.tar@b"};
  prebuild.mutable_prebuild()->set_snapshot(name);
  what.initializer = root.SerializeAsString();
  what.snapshots[name]
    = object_source{file.get(), std::filesystem::file_size(packed), {}};
  BOOST_TEST((run_refused(what) != ec::none));
  BOOST_TEST(server.stop().find("evil") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
