#include "test/worker/git_server.hpp"
#include "test/worker/tar_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>
#include <sys/stat.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;
namespace proto = contentservice;

namespace {

/// A bare repository with branches main (two commits) and feature/x, a tag v1
/// on the first commit, and a file.
void make_repository(const fs::path& bare) {
  shell("w=$(mktemp -d) && cd $w && git init -q -b main"
        " && git config user.email a@b && git config user.name n"
        " && echo one > file && git add . && git commit -qm one && git tag v1"
        " && git branch feature/x && echo two > file && git commit -qam two"
        " && git clone -q --bare . "
        + bare.string() + " && rm -rf $w");
}

proto::GitInitializer git(const std::string& url,
                          proto::CloneTargetMode mode = proto::REMOTE_HEAD,
                          const std::string& target = {}) {
  auto out = proto::GitInitializer{};
  out.set_remote_uri(url);
  out.set_target_mode(mode);
  out.set_clone_taget(target);
  out.set_checkout_location("repo");
  out.mutable_config();
  return out;
}

initialize_job job_for(const fs::path& to, const proto::GitInitializer& what) {
  auto root = proto::WorkspaceInitializer{};
  *root.mutable_git() = what;
  auto job = initialize_job{};
  job.destination = to;
  job.initializer = root.SerializeAsString();
  return job;
}

struct local_fixture {
  temp_dir temp;
  fs::path to = temp.make("to");
  std::string url = "file://" + (temp / "bare").string();

  local_fixture() { make_repository(temp / "bare"); }

  initialize_job job(const proto::GitInitializer& what) const {
    auto out = job_for(to, what);
    out.allow_file_urls = true;
    return out;
  }
  void clone(const proto::GitInitializer& what) const {
    auto run = run_worker(job(what));
    BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  }
  std::string in_repo(const std::string& command) const {
    return shell("cd " + (to / "repo").string()
                 + " && git -c safe.directory='*' " + command);
  }
};

struct server_fixture {
  git_server server;
  temp_dir temp;
  fs::path to = temp.make("to");

  explicit server_fixture(int flaky = 0) : server(flaky) {
    make_repository(server.repository("a.git"));
  }
};

struct plain_server : server_fixture {};

proto::GitInitializer with_password(proto::GitInitializer what,
                                    const std::string& password) {
  what.mutable_config()->set_authentication(proto::BASIC_AUTH);
  what.mutable_config()->set_auth_user("oauth2");
  what.mutable_config()->set_auth_password(password);
  return what;
}

} // namespace

BOOST_AUTO_TEST_SUITE(git_initializer_test)

BOOST_FIXTURE_TEST_CASE(the_default_branch_is_checked_out_and_tracks,
                        local_fixture) {
  clone(git(url));
  BOOST_TEST(in_repo("status -sb") == "## main...origin/main\n");
  BOOST_TEST(in_repo("rev-list --count HEAD") == "1\n");
  BOOST_TEST(read_file(to / "repo/file") == "two\n");
  struct stat st {};
  ::stat((to / "repo/.git/config").c_str(), &st);
  BOOST_TEST(st.st_uid == 33333u);
  ::stat(to.c_str(), &st);
  BOOST_TEST(st.st_uid == 33333u);
  BOOST_TEST(
    read_file(to / ".gitpod/ready")
      .starts_with(R"({"source":"from-other","metrics":[{"type":"git")"));
}

BOOST_FIXTURE_TEST_CASE(a_full_clone_has_the_history, local_fixture) {
  auto what = git(url);
  what.set_full_clone(true);
  clone(what);
  BOOST_TEST(in_repo("rev-list --count HEAD") == "2\n");
}

BOOST_FIXTURE_TEST_CASE(a_tag_leaves_a_detached_head, local_fixture) {
  clone(git(url, proto::REMOTE_COMMIT, "v1"));
  BOOST_TEST(read_file(to / "repo/file") == "one\n");
  BOOST_TEST(in_repo("status -sb") == "## HEAD (no branch)\n");
}

BOOST_FIXTURE_TEST_CASE(a_commit_is_found_by_its_id, local_fixture) {
  auto id = shell("git -C " + (temp / "bare").string() + " rev-parse v1");
  id.pop_back();
  clone(git(url, proto::REMOTE_COMMIT, id));
  BOOST_TEST(in_repo("rev-parse HEAD") == id + "\n");
}

BOOST_FIXTURE_TEST_CASE(a_remote_branch_is_tracked, local_fixture) {
  clone(git(url, proto::REMOTE_BRANCH, "feature/x"));
  BOOST_TEST(in_repo("status -sb") == "## feature/x...origin/feature/x\n");
}

BOOST_FIXTURE_TEST_CASE(what_the_clone_brought_is_not_fetched_again,
                        local_fixture) {
  auto was_fetched = [&] { return fs::exists(to / "repo/.git/FETCH_HEAD"); };
  clone(git(url, proto::REMOTE_BRANCH, "main"));
  BOOST_TEST(in_repo("status -sb") == "## main...origin/main\n");
  BOOST_TEST(!was_fetched());
  shell("rm -rf " + to.string() + " && mkdir " + to.string());
  auto what = git(url, proto::REMOTE_BRANCH, "feature/x");
  what.set_full_clone(true);
  clone(what);
  BOOST_TEST(in_repo("status -sb") == "## feature/x...origin/feature/x\n");
  BOOST_TEST(!was_fetched());
}

BOOST_FIXTURE_TEST_CASE(a_build_has_no_use_for_history, local_fixture) {
  auto head = shell("git -C " + (temp / "bare").string() + " rev-parse main");
  head.pop_back();
  for (auto without : {false, true})
    for (const auto& commit : {head, std::string{"v1"}}) {
      auto wanted = job(git(url, proto::REMOTE_COMMIT, commit));
      wanted.without_history = without;
      BOOST_REQUIRE(run_worker(wanted).outcome);
      auto depth = commit == head && !without ? "2\n" : "1\n";
      BOOST_TEST(in_repo("rev-list --count HEAD") == depth);
      shell("rm -rf " + to.string() + " && mkdir " + to.string());
    }
  // Its images are called after names, of branches and of tags.
  auto tagged = job(git(url, proto::REMOTE_BRANCH, "v1"));
  tagged.without_history = true;
  BOOST_REQUIRE(run_worker(tagged).outcome);
  BOOST_TEST(read_file(to / "repo/file") == "one\n");
}

BOOST_FIXTURE_TEST_CASE(a_branch_the_remote_lacks_starts_from_the_default,
                        local_fixture) {
  clone(git(url, proto::REMOTE_BRANCH, "new"));
  BOOST_TEST(in_repo("branch --show-current") == "new\n");
  BOOST_TEST(read_file(to / "repo/file") == "two\n");
}

BOOST_FIXTURE_TEST_CASE(a_local_branch_has_no_upstream, local_fixture) {
  clone(git(url, proto::LOCAL_BRANCH, "mine"));
  BOOST_TEST(in_repo("status -sb") == "## mine\n");
}

BOOST_FIXTURE_TEST_CASE(an_empty_repository_is_no_error, local_fixture) {
  shell("git init -q --bare " + (temp / "empty").string());
  auto empty = "file://" + (temp / "empty").string();
  for (auto mode :
       {proto::REMOTE_HEAD, proto::LOCAL_BRANCH, proto::REMOTE_BRANCH}) {
    auto target = mode == proto::REMOTE_HEAD ? "" : "mine";
    clone(git(empty, mode, target));
    if (mode != proto::REMOTE_HEAD)
      BOOST_TEST(in_repo("symbolic-ref HEAD") == "refs/heads/mine\n");
    shell("rm -rf " + to.string() + " && mkdir " + to.string());
  }
}

BOOST_FIXTURE_TEST_CASE(config_and_upstream_are_set, local_fixture) {
  make_repository(temp / "up");
  auto what = git(url);
  (*what.mutable_config()->mutable_custom_config())["user.name"] = " Ann ";
  what.set_upstream_remote_uri("file://" + (temp / "up").string());
  clone(what);
  BOOST_TEST(in_repo("config --local user.name") == "Ann\n");
  BOOST_TEST(in_repo("rev-parse --abbrev-ref upstream/feature/x")
             == "upstream/feature/x\n");
}

BOOST_FIXTURE_TEST_CASE(submodules_come_along, local_fixture) {
  make_repository(temp / "inner");
  shell("w=$(mktemp -d) && cd $w && git clone -q " + (temp / "bare").string()
        + " x && cd x && git config user.email a@b && git config user.name n"
          " && git -c protocol.file.allow=always submodule add -q ../inner sub"
          " && git -c protocol.file.allow=always submodule add -q file://"
        + (temp / "inner").string()
        + " other && git config -f .gitmodules submodule.other.url "
          "'ext::sh -c touch% "
        + (temp / "canary").string()
        + "' && git commit -qam sub && git push -q origin main && rm -rf $w");
  clone(git(url));
  BOOST_TEST(read_file(to / "repo/sub/file") == "two\n");
  BOOST_TEST(!fs::exists(to / "repo/other/file"));
  BOOST_TEST(!fs::exists(temp / "canary"));
}

BOOST_FIXTURE_TEST_CASE(a_gitpod_file_makes_room_for_the_directory,
                        local_fixture) {
  shell("w=$(mktemp -d) && cd $w && git clone -q " + (temp / "bare").string()
        + " x && cd x && git config user.email a@b && git config user.name n"
          " && echo tasks > .gitpod && git add . && git commit -qm c"
          " && git push -q origin main && rm -rf $w");
  auto what = git(url);
  what.set_checkout_location("");
  clone(what);
  BOOST_TEST(read_file(to / ".gitpod.yaml") == "tasks\n");
  BOOST_TEST(fs::is_regular_file(to / ".gitpod/ready"));
}

BOOST_FIXTURE_TEST_CASE(what_is_dangerous_is_refused_before_git_runs,
                        local_fixture) {
  auto bad_config = git(url);
  (*bad_config.mutable_config()->mutable_custom_config())["core.hooksPath"]
    = "/x";
  auto bad_location = git(url);
  bad_location.set_checkout_location("../x");
  auto no_config = git(url);
  no_config.clear_config();
  for (const auto& what :
       {git("ext::sh -c x"), git(url, proto::REMOTE_BRANCH, "--upload-pack=x"),
        git(url, proto::REMOTE_COMMIT, ""), bad_config, bad_location,
        no_config})
    BOOST_TEST(run_refused(job(what)) == ec::invalid_argument);
  auto no_files = job(git(url));
  no_files.allow_file_urls = false;
  BOOST_TEST(run_refused(no_files) == ec::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(a_missing_repository_is_not_tried_again, plain_server) {
  auto job = job_for(to, git(server.url("/open/none.git")));
  BOOST_TEST(run_refused(job) == ec::not_found);
}

BOOST_FIXTURE_TEST_CASE(clones_over_http_with_a_password_and_keeps_it_secret,
                        plain_server) {
  auto closed = git(server.url("/closed/a.git"));
  auto job
    = job_for(to, with_password(closed, "extracted-secret/initializer.git"));
  job.secrets["initializer.git"] = "s3cret-token";
  auto run = run_worker(job);
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(read_file(to / "repo/file") == "two\n");
  BOOST_TEST(server.stop().find("oauth2 GET") != std::string::npos);
  shell("! grep -r s3cret-token " + to.string());
  auto told = false;
  for (const auto& step : run.progress)
    told = told || (step.what == "clone" && step.total > 0);
  BOOST_TEST(told);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_password_is_final, plain_server) {
  auto closed = git(server.url("/closed/a.git"));
  auto wrong = run_worker(job_for(to, with_password(closed, "wrong-password")));
  BOOST_TEST(code_of(wrong.outcome.error()) == ec::permission_denied);
  BOOST_TEST(wrong.why().find("wrong-password") == std::string::npos);
  BOOST_TEST(run_refused(job_for(temp.make("b"), closed))
             == ec::permission_denied);
  auto unknown
    = job_for(temp.make("c"), with_password(closed, "extracted-secret/x"));
  BOOST_TEST(run_refused(unknown) == ec::failed_precondition);
}

BOOST_FIXTURE_TEST_CASE(a_one_time_url_gives_the_password, plain_server) {
  write_file(server.files() / "ots", "oauth2:s3cret-token");
  auto what
    = git(server.url("/closed/a.git"), proto::REMOTE_BRANCH, "feature/x");
  what.mutable_config()->set_authentication(proto::BASIC_AUTH_OTS);
  what.mutable_config()->set_auth_ots(server.url("/files/ots"));
  auto run = run_worker(job_for(to, what));
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  auto log = server.stop();
  auto first = log.find("GET /files/ots");
  BOOST_TEST(first != log.npos);
  BOOST_TEST(log.find("GET /files/ots", first + 1) == log.npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_busy_is_asked_again) {
  auto at = server_fixture{2};
  auto run = run_worker(job_for(at.to, git(at.server.url("/flaky/a.git"))));
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(read_file(at.to / "repo/file") == "two\n");
}

BOOST_FIXTURE_TEST_CASE(denied_networks_are_not_reached, plain_server) {
  auto job = job_for(to, git(server.url("/open/a.git")));
  job.denied_networks = {"10.0.0.0/8"};
  auto run = run_worker(job);
  BOOST_TEST(run.outcome.operator bool(), run.why());
  auto denied = job_for(temp.make("b"), git(server.url("/open/denied.git")));
  denied.denied_networks = {"127.0.0.0/8"};
  BOOST_TEST(run_refused(denied) == ec::permission_denied);
  auto log = server.stop();
  BOOST_TEST(log.find("/open/a.git") != log.npos);
  BOOST_TEST(log.find("/open/denied.git") == log.npos);
}

BOOST_FIXTURE_TEST_CASE(composites_and_their_links_stay_inside, local_fixture) {
  auto outside = temp.make("outside");
  auto tar = tar_bytes{}.symlink("repo", outside).bytes();
  write_file(temp / "snapshot", tar);
  auto file = inherited_file::read(temp / "snapshot");
  auto root = proto::WorkspaceInitializer{};
  auto& steps = *root.mutable_composite();
  steps.add_initializer()->mutable_snapshot()->set_snapshot("o/s.tar@b");
  *steps.add_initializer()->mutable_git() = git(url);
  auto job = this->job(git(url));
  job.initializer = root.SerializeAsString();
  BOOST_TEST(run_refused(job) == ec::not_found);
  shell("rm -rf " + to.string() + " && mkdir " + to.string());
  job.snapshots["o/s.tar@b"] = object_source{file.get(), tar.size(), {}};
  BOOST_TEST(run_refused(job) == ec::invalid_argument);
  BOOST_TEST(fs::is_empty(outside));
}

BOOST_FIXTURE_TEST_CASE(a_prebuild_is_restored_or_replaced_by_a_clone,
                        local_fixture) {
  auto root = proto::WorkspaceInitializer{};
  root.mutable_prebuild()->mutable_prebuild()->set_snapshot("o/s.tar@b");
  *root.mutable_prebuild()->add_git() = git(url);
  auto job = this->job(git(url));
  job.initializer = root.SerializeAsString();
  auto cloned = run_ok<initialize_outcome>(job);
  BOOST_TEST(cloned.source == "from-other");
  BOOST_TEST(read_file(to / "repo/file") == "two\n");

  shell("cd " + to.string()
        + " && echo built > repo/artifact && rm -r .gitpod"
          " && tar -cf "
        + (temp / "snapshot").string() + " .");
  auto restore = [&] {
    shell("rm -rf " + to.string() + " && mkdir " + to.string());
    auto file = inherited_file::read(temp / "snapshot");
    auto size = fs::file_size(temp / "snapshot");
    job.snapshots["o/s.tar@b"] = object_source{file.get(), size, {}};
    return run_ok<initialize_outcome>(job).source;
  };
  BOOST_TEST(restore() == "from-prebuild");
  BOOST_TEST(read_file(to / "repo/artifact") == "built\n");
  write_file(temp / "snapshot", "broken");
  BOOST_TEST(restore() == "from-other");
  BOOST_TEST(read_file(to / "repo/file") == "two\n");
}

BOOST_AUTO_TEST_CASE(a_lost_backup_is_an_error_and_unknown_kinds_too) {
  auto temp = temp_dir{};
  auto job = initialize_job{};
  job.destination = temp.make("to");
  auto root = proto::WorkspaceInitializer{};
  root.mutable_backup();
  job.initializer = root.SerializeAsString();
  auto run = run_worker(job);
  BOOST_TEST(run.why() == "no backup found");
  BOOST_TEST(run.exit_code == 0);
  job.initializer = "\x52\x00"; // field 10
  job.initializer.resize(2);
  BOOST_TEST(run_refused(job) == ec::invalid_argument);
  job.initializer = "";
  BOOST_TEST(run_refused(job) == ec::none);
  BOOST_TEST(run_refused(job) == ec::failed_precondition); // not empty now
}

BOOST_AUTO_TEST_SUITE_END()
