#include "test/worker/git_server.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>
#include <sys/stat.h>

using namespace berth;
using namespace berth::test;

namespace {

const std::string as_somebody = " git config user.email a@b && git config"
                                " user.name n && ";

/// A prebuild of a repository that has moved on since, with a submodule; and a
/// file that any program of the prebuild would make.
struct prebuild_fixture {
  git_server server;
  temp_dir temp;
  std::filesystem::path to = temp.make("to");
  std::string from = temp.make("from").string();
  std::string canary = (temp.make("open") / "canary").string();

  prebuild_fixture() {
    auto bare = server.repository("a.git").string();
    auto inner = (temp / "inner").string();
    shell("chmod 777 " + (temp / "open").string() + " && git init -q -b main "
          + inner + " && cd " + inner + " &&" + as_somebody
          + "echo i > i && git add . && git commit -qm i");
    shell("w=$(mktemp -d) && cd $w && git init -q -b main &&" + as_somebody
          + "echo one > file && echo '* filter=x' > .gitattributes"
            " && git -c protocol.file.allow=always submodule add -q "
          + inner + " sub && git add . && git commit -qm one"
          + " && git clone -q --bare . " + bare
          + " && git -c protocol.file.allow=always clone -q"
            " --recurse-submodules . "
          + from
          + "/repo && echo two > other && git add . && git commit -qm two"
            " && git push -q "
          + bare + " main && rm -rf $w && chown -R 33333 " + bare);
    shell("cd " + from + "/repo && echo changed > file");
  }

  void in_prebuild(const std::string& command) const {
    shell("cd " + from + "/repo && " + command);
  }

  /// What a start from it comes to.
  worker_run start() const {
    shell("chown -R 33333:33333 " + from);
    {
      auto file = inherited_file::create(temp / "a");
      run_ok<archive_outcome>(archive_job{from, file.get(), {}});
    }
    auto file = inherited_file::read(temp / "a");
    auto root = contentservice::WorkspaceInitializer{};
    auto& prebuild = *root.mutable_prebuild();
    auto name = std::string{"o/workspaces/m/snapshot-1.tar@b"};
    prebuild.mutable_prebuild()->set_snapshot(name);
    auto& git = *prebuild.add_git();
    git.set_remote_uri(server.url("/closed/a.git"));
    git.set_checkout_location("repo");
    git.set_target_mode(contentservice::REMOTE_BRANCH);
    git.set_clone_taget("main");
    git.mutable_config()->set_authentication(contentservice::BASIC_AUTH);
    git.mutable_config()->set_auth_user("oauth2");
    git.mutable_config()->set_auth_password("s3cret-token");
    auto job = initialize_job{};
    job.destination = to;
    job.initializer = root.SerializeAsString();
    job.snapshots[name]
      = object_source{file.get(), std::filesystem::file_size(temp / "a"), {}};
    return run_worker(job);
  }

  std::string in_repo(const std::string& command) const {
    return shell("cd " + (to / "repo").string()
                 + " && git -c safe.directory='*' " + command);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_prebuild_test, prebuild_fixture)

BOOST_AUTO_TEST_CASE(its_configuration_runs_nothing_and_leads_nowhere) {
  auto run = " 'touch " + canary + "; cat'";
  auto config = "git config filter.x.clean" + run
                + " && git config filter.x.smudge" + run
                + " && git config core.fsmonitor" + run
                + " && git config core.alternateRefsCommand" + run
                + " && git config alias.stash '!touch " + canary + "'";
  in_prebuild(config
              + " && git config http.proxy http://127.0.0.1:1"
                " && git config remote.origin.url http://127.0.0.1:1/x");
  in_prebuild("cd sub && " + config
              + " && echo '* filter=x' > .gitattributes && echo j > i");
  auto end = start();
  BOOST_REQUIRE_MESSAGE(end.outcome, end.why());
  BOOST_TEST(std::get<initialize_outcome>(*end.outcome).source == "from-other");
  BOOST_TEST(!std::filesystem::exists(canary));
  BOOST_TEST(read_file(to / "repo/other") == "two\n");
  BOOST_TEST(read_file(to / "repo/file") == "changed\n");
  BOOST_TEST(read_file(to / "repo/sub/i") == "j\n");
  // It is the user's, who gets it back.
  BOOST_TEST(in_repo("config http.proxy") == "http://127.0.0.1:1\n");
  BOOST_TEST(in_repo("config alias.stash") == "!touch " + canary + "\n");
  BOOST_TEST(in_repo("config branch.main.merge") == "refs/heads/main\n");
  BOOST_TEST(std::filesystem::exists(to / "repo/sub/.git"));
}

BOOST_AUTO_TEST_CASE(what_git_writes_is_kept_beside_the_users_own) {
  in_prebuild("git config --remove-section branch.main"
              " && git config core.hooksPath .husky"
              " && printf '\\n# mine\\n' >> .git/config");
  BOOST_REQUIRE(start().outcome);
  BOOST_TEST(in_repo("config core.hooksPath") == ".husky\n");
  BOOST_TEST(in_repo("config branch.main.remote") == "origin\n");
  BOOST_TEST(in_repo("config --local --get-regexp filter.lfs.* || true") == "");
  BOOST_TEST(read_file(to / "repo/.git/config").find("# mine")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_configuration_is_looked_for_elsewhere) {
  in_prebuild("mkdir evil && cp -r .git/. evil && git -C evil config"
              " filter.x.clean 'touch "
              + canary + "; cat' && echo ../evil > .git/commondir");
  BOOST_TEST((code_of(start().outcome.error()) == ec::failed_precondition));
  BOOST_TEST(!std::filesystem::exists(canary));
}

// git looks above, and takes a directory that looks like a repository for one.
BOOST_AUTO_TEST_CASE(no_other_repository_is_taken_for_it) {
  auto set = [&](const std::string& file, const std::string& rest) {
    return "git config -f " + file + " " + rest + " && ";
  };
  auto hostile = "filter.x.clean 'touch " + canary + "; cat'";
  in_prebuild(set(".git/config", hostile)
              + set(".git/config", "core.worktree ../repo")
              + "mv .git .. && mkdir .git && cp ../.git/config .git/config");
  BOOST_TEST((code_of(start().outcome.error()) == ec::failed_precondition));
  shell("rm -rf " + to.string() + " && mkdir " + to.string());
  in_prebuild("rm -rf .git && cp -r ../.git/. . && rm -rf ../.git && mkdir .git"
              " && cp config .git/config && "
              + set("config", "core.worktree .")
              + set("config", "core.bare false") + "true");
  BOOST_TEST((code_of(start().outcome.error()) == ec::failed_precondition));
  BOOST_TEST(!std::filesystem::exists(canary));
}

BOOST_AUTO_TEST_CASE(submodules_and_sparse_checkouts_stay_as_they_are) {
  in_prebuild("git config submodule.sub.url https://mirror.example/s"
              " && chmod 600 .git/config && git sparse-checkout set --no-cone"
              " /file /.gitmodules /.gitattributes /sub");
  BOOST_REQUIRE(start().outcome);
  BOOST_TEST(in_repo("config submodule.sub.url")
             == "https://mirror.example/s\n");
  BOOST_TEST(in_repo("log -1 --format=%s") == "two\n");
  BOOST_TEST(!std::filesystem::exists(to / "repo/other"));
  struct stat st {};
  ::stat((to / "repo/.git/config").c_str(), &st);
  BOOST_TEST((st.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_repository_that_it_lacks_is_cloned) {
  shell("rm -rf " + from + "/repo && echo x > " + from + "/y");
  auto end = start();
  BOOST_REQUIRE_MESSAGE(end.outcome, end.why());
  BOOST_TEST(std::get<initialize_outcome>(*end.outcome).source == "from-other");
  BOOST_TEST(read_file(to / "repo/other") == "two\n");
  BOOST_TEST(read_file(to / "y") == "x\n");
}

BOOST_AUTO_TEST_SUITE_END()
