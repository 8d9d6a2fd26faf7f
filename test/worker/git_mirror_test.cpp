#include "test/worker/git_server.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>

namespace berth::test {

namespace {

namespace fs = std::filesystem;
namespace proto = contentservice;

/// A server, a mirror of its repository, and clones that may use it.
struct mirror_fixture {
  mirror_fixture() {
    shell("w=$(mktemp -d) && cd $w && git init -q -b main"
          " && git config user.email a@b && git config user.name n"
          " && for i in 1 2 3 4 5; do seq $i 2000 > file$i && git add . &&"
          " git commit -qm $i; done && git tag v1 && git branch feature"
          " && git clone -q --bare . "
          + server.repository("a.git").string() + " && rm -rf $w");
  }

  void commit(const std::string& text) {
    shell("w=$(mktemp -d) && git clone -q "
          + server.repository("a.git").string() + " $w && cd $w && echo " + text
          + " > new && git add . && git -c user.email=a@b -c user.name=n commit"
            " -qm "
          + text + " && git push -q && rm -rf $w");
  }

  mirror_job mirroring(const std::string& path = "/open/a.git") const {
    auto job = mirror_job{};
    job.destination = mirror;
    job.url = server.url(path);
    return job;
  }

  initialize_job cloning(bool full, const std::string& to) {
    auto root = proto::WorkspaceInitializer{};
    auto& git = *root.mutable_git();
    git.set_remote_uri(server.url("/open/a.git"));
    git.set_full_clone(full);
    git.set_checkout_location("repo");
    git.mutable_config();
    auto job = initialize_job{};
    job.destination = temp.make(to);
    job.initializer = root.SerializeAsString();
    job.mirrors[git.remote_uri()] = mirror;
    return job;
  }

  std::string in(const std::string& clone, const std::string& command) const {
    return shell("cd " + (temp / clone).string()
                 + "/repo && git -c safe.directory='*' " + command);
  }

  /// The clone stands without the mirror.
  void check_whole(const std::string& clone, bool full) {
    auto aside = mirror.string() + "-aside";
    fs::rename(mirror, aside);
    BOOST_TEST(in(clone, "fsck --strict 2>&1 | grep -v dangling || true")
               == "");
    BOOST_TEST(in(clone, "status --porcelain") == "");
    BOOST_TEST(in(clone, "rev-list --count HEAD") == (full ? "5\n" : "1\n"));
    BOOST_TEST(
      !fs::exists(temp / (clone + "/repo/.git/objects/info/alternates")));
    fs::rename(aside, mirror);
  }

  git_server server;
  temp_dir temp;
  fs::path mirror = temp.make("mirror");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(git_mirror_test, mirror_fixture)

BOOST_AUTO_TEST_CASE(a_full_clone_takes_all_from_it_and_needs_none_of_it) {
  BOOST_TEST(run_ok<mirror_outcome>(mirroring()).packs == 1u);
  auto cloned = run_ok<initialize_outcome>(cloning(true, "to"));
  BOOST_TEST(!cloned.mirror_failed);
  // Before git(1) looks at it as somebody else.
  BOOST_TEST(
    shell("find " + (temp / "to/repo/.git").string() + " ! -user 33333 | wc -l")
    == "0\n");
  check_whole("to", true);
  BOOST_TEST(in("to", "branch -r")
             == "  origin/HEAD -> origin/main\n  origin/feature\n"
                "  origin/main\n");
  // The server was asked what there is, and for no objects at all.
  BOOST_TEST(in("to", "count-objects -v").find("packs: 1\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_shallow_clone_stays_shallow) {
  run_ok<mirror_outcome>(mirroring());
  auto cloned = run_ok<initialize_outcome>(cloning(false, "to"));
  BOOST_TEST(!cloned.mirror_failed);
  check_whole("to", false);
}

BOOST_AUTO_TEST_CASE(what_it_lacks_comes_from_the_server) {
  run_ok<mirror_outcome>(mirroring());
  commit("six");
  for (auto full : {true, false}) {
    auto to = full ? std::string{"full"} : "shallow";
    BOOST_TEST(!run_ok<initialize_outcome>(cloning(full, to)).mirror_failed);
    BOOST_TEST(in(to, "log -1 --format=%s") == "six\n");
    BOOST_TEST(in(to, "fsck --strict 2>&1 | grep -v dangling || true") == "");
  }
  BOOST_TEST(run_ok<mirror_outcome>(mirroring()).packs == 2u);
}

BOOST_AUTO_TEST_CASE(a_damaged_one_costs_no_clone) {
  run_ok<mirror_outcome>(mirroring());
  auto pack = shell("ls " + (mirror / "objects/pack").string() + "/*.pack");
  pack.pop_back();
  auto whole = read_file(pack);
  auto flipped = whole;
  flipped[flipped.size() / 2] ^= 1;
  fs::permissions(pack, fs::perms::owner_all);
  for (const auto& bytes : {flipped, whole.substr(0, whole.size() / 2)}) {
    write_file(pack, bytes);
    for (auto full : {true, false}) {
      auto to = "to" + std::to_string(full) + std::to_string(bytes.size());
      auto cloned = run_worker(cloning(full, to));
      BOOST_REQUIRE_MESSAGE(cloned.outcome, cloned.why());
      BOOST_TEST(in(to, "fsck --strict 2>&1 | grep -v dangling || true") == "");
      BOOST_TEST(in(to, "status --porcelain") == "");
      // Of a cut pack git says itself that it is none.
      if (full && bytes.size() == whole.size())
        BOOST_TEST(std::get<initialize_outcome>(*cloned.outcome).mirror_failed);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_none_costs_no_clone) {
  auto cloned = run_ok<initialize_outcome>(cloning(true, "to"));
  BOOST_TEST(cloned.mirror_failed);
  BOOST_TEST(in("to", "rev-list --count HEAD") == "5\n");
}

BOOST_AUTO_TEST_CASE(it_is_fetched_with_credentials_where_they_are_needed) {
  BOOST_TEST(
    (run_refused(mirroring("/closed/a.git")) == ec::permission_denied));
  auto job = mirroring("/closed/a.git");
  job.user = "oauth2";
  job.password = "s3cret-token";
  BOOST_TEST(run_ok<mirror_outcome>(job).packs == 1u);
  BOOST_TEST(shell("grep -r s3cret " + mirror.string() + " | wc -l") == "0\n");
}

BOOST_AUTO_TEST_CASE(what_a_killed_fetch_left_is_removed) {
  run_ok<mirror_outcome>(mirroring());
  write_file(mirror / "objects/pack/tmp_pack_abc", "half");
  run_ok<mirror_outcome>(mirroring());
  BOOST_TEST(!fs::exists(mirror / "objects/pack/tmp_pack_abc"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
