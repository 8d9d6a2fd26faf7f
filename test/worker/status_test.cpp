#include "test/worker/worker_process.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::test;

BOOST_AUTO_TEST_SUITE(status_test)

BOOST_AUTO_TEST_CASE(tells_what_a_shallow_clone_has_not_pushed) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  auto as = std::string{" -c user.email=a@b -c user.name=n commit -q "
                        "--allow-empty -m "};
  shell("cd " + temp.path().string() + " && git init -q -b main far && git -C "
        + "far" + as + "1 && git -C far" + as
        + "2 && git clone -q --depth=1 file://" + (temp / "far").string()
        + " source/repo && git -C source/repo" + as
        + "'mine: one' && git -C source/repo" + as + "'mine: two'");
  auto status = run_ok<status_outcome>(status_job{source, "repo"});
  BOOST_REQUIRE(status.repo);
  BOOST_TEST(status.repo->total_unpushed_commits == 2);
  BOOST_REQUIRE(status.repo->unpushed_commits.size() == 2u);
  for (const auto& line : status.repo->unpushed_commits)
    BOOST_TEST(line.find(": mine: ") != line.npos, line);
}

BOOST_AUTO_TEST_CASE(our_own_file_is_no_change_of_the_users) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  shell("cd " + source.string() + " && git init -q -b main");
  write_file(source / ".gitpod/ready", "{}");
  write_file(source / ".gitpod/other", "");
  auto status = run_ok<status_outcome>(status_job{source, ""});
  BOOST_REQUIRE(status.repo);
  auto untracked = std::vector<std::string>{".gitpod/other"};
  BOOST_TEST(status.repo->untracked_files == untracked,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tells_the_git_status_of_the_checkout) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  shell("cd " + source.string()
        + " && git init -q -b main repo && cd repo"
          " && git config user.email a@b && git config user.name n"
          " && echo 1 > tracked && echo 2 > 'old name' && git add ."
          " && git commit -qm 'first: one' && echo 3 >> tracked"
          " && git mv 'old name' 'new name'"
          " && mkdir sub && touch 'sub/un tracked' sub/more");
  auto file = inherited_file::create(temp / "a");
  auto packed
    = run_ok<archive_outcome>(archive_job{source, file.get(), "repo"});
  BOOST_REQUIRE(packed.repo);
  auto status = *packed.repo;
  BOOST_TEST(status.branch == "main");
  BOOST_TEST(status.latest_commit.size() == 40u);
  auto uncommitted = std::vector<std::string>{"new name", "tracked"};
  auto untracked = std::vector<std::string>{"sub/more", "sub/un tracked"};
  BOOST_TEST(status.uncommitted_files == uncommitted,
             boost::test_tools::per_element());
  BOOST_TEST(status.untracked_files == untracked,
             boost::test_tools::per_element());
  BOOST_REQUIRE(status.unpushed_commits.size() == 1u);
  BOOST_TEST(status.unpushed_commits[0].ends_with(": first: one"));
  auto alone = run_ok<status_outcome>(status_job{source, "repo"});
  BOOST_REQUIRE(alone.repo);
  BOOST_TEST(alone.repo->latest_commit == status.latest_commit);
  BOOST_TEST(!run_ok<status_outcome>(status_job{source, ""}).repo);
  for (auto* other : {"nothing", "../source"}) {
    auto again = inherited_file::create(temp / "b");
    BOOST_TEST(
      !run_ok<archive_outcome>(archive_job{source, again.get(), other}).repo);
  }
}

BOOST_AUTO_TEST_SUITE_END()
