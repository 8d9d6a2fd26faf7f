#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace berth;
using namespace berth::e2e;
namespace fs = std::filesystem;

namespace {

struct haunted_service : furnished_service {
  /// A ghost that is ready to give its place.
  std::string haunt() {
    auto ghost = request(fresh_id());
    ghost.set_type(wsman::GHOST);
    BOOST_REQUIRE(start(ghost).ok());
    auto status = await(ghost.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed());
    return ghost.id();
  }

  std::string run_one(const wsman::StartWorkspaceRequest& wanted) {
    auto begun = start(wanted);
    BOOST_REQUIRE_MESSAGE(begun.ok(), begun.error_message());
    auto status = await(wanted.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed() + log_text());
    return wanted.id();
  }

  void end_one(const std::string& id) {
    BOOST_REQUIRE(stop(id).ok());
    auto status = await(id, wsman::STOPPED);
    BOOST_TEST(status.conditions().failed() == "");
  }

  pid_t init_of(const std::string& container) const {
    auto pid = pid_t{0};
    std::ifstream{run_dir() / "ws" / container / "container"} >> pid;
    return pid;
  }

  /// From the call to RUNNING, as the status stream tells.
  double milliseconds_to_run(const wsman::StartWorkspaceRequest& wanted) {
    auto begun = std::chrono::steady_clock::now();
    run_one(wanted);
    return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - begun)
      .count();
  }
};

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(ghosts, haunted_service)

BOOST_AUTO_TEST_CASE(a_workspace_moves_into_a_prepared_container) {
  auto server = git_server{dir()};
  auto ghost = haunt();
  auto init = init_of(ghost);
  BOOST_REQUIRE(init > 1);
  auto wanted = request(fresh_id());
  auto& git = *wanted.mutable_spec()->mutable_initializer()->mutable_git();
  git.set_remote_uri(server.url());
  git.set_checkout_location("project");
  git.mutable_config()->set_authentication(contentservice::NO_AUTH);
  auto& var = *wanted.mutable_spec()->add_envvars();
  var.set_name("TOKEN");
  var.set_value("value with blanks");
  auto id = run_one(wanted);

  BOOST_TEST((await(ghost, wsman::STOPPED).phase() == wsman::STOPPED));
  BOOST_TEST(init_of(ghost) == init); // the same container
  BOOST_TEST(!fs::exists(run_dir() / "ws" / id));
  auto said = exec(id, {"sh", "-c",
                        "hostname; cat /etc/hostname; grep -c \"$(hostname)\" "
                        "/etc/hosts; echo $TOKEN; echo $GITPOD_INSTANCE_ID; "
                        "cat /workspace/project/README.md; "
                        "echo mine > /workspace/mine; id -u"});
  auto meta = wanted.metadata().meta_id();
  BOOST_TEST(said.text
             == meta + "\n" + meta + "\n1\nvalue with blanks\n" + id
                  + "\nhello\n" + workspace_uid() + "\n");
  // What a workspace wrote is where its content is looked for.
  BOOST_TEST(fs::exists(state() / "content" / id / "mine"));

  crash();
  begin();
  BOOST_TEST(exec(id, {"cat", "/workspace/mine"}).text == "mine\n");
  BOOST_TEST(init_of(ghost) == init);
  // Its name is not free while the container has it.
  auto namesake = request(ghost);
  namesake.mutable_metadata()->set_meta_id("somebody-else");
  BOOST_TEST(!start(namesake).ok());

  BOOST_REQUIRE(stop(id).ok());
  auto status = await(id, wsman::STOPPED);
  BOOST_TEST(status.conditions().final_backup_complete() == wsman::TRUE);
  BOOST_TEST(status.conditions().failed() == "");
  for (const auto& left :
       {run_dir() / "ws" / ghost, state() / "rootfs" / ghost,
        state() / "content" / id, run_dir() / "crun" / ("berth-" + ghost)})
    BOOST_TEST(!fs::exists(left), left);
}

BOOST_AUTO_TEST_CASE(a_ghost_that_is_stopped_leaves_nothing) {
  auto ghost = haunt();
  end_one(ghost);
  BOOST_TEST(!fs::exists(run_dir() / "ws" / ghost));
  BOOST_TEST(!fs::exists(state() / "rootfs" / ghost));
}

BOOST_AUTO_TEST_CASE(a_ghost_survives_a_crash_and_still_gives_way) {
  auto ghost = haunt();
  auto init = init_of(ghost);
  crash();
  begin();
  auto id = run_one(request(fresh_id()));
  BOOST_TEST(init_of(ghost) == init);
  BOOST_TEST(exec(id, {"hostname"}).text == "meta-" + id + "\n");
}

BOOST_AUTO_TEST_CASE(a_crash_in_the_middle_of_it_ends_well) {
  for (int round = 0; round < 5; ++round) {
    auto ghost = haunt();
    auto wanted = request(fresh_id());
    BOOST_REQUIRE(start(wanted).ok());
    crash();
    begin();
    auto status = await(wanted.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed() + log_text());
    BOOST_TEST(exec(wanted.id(), {"hostname"}).text
               == wanted.metadata().meta_id() + "\n");
    auto left = await(ghost, wsman::STOPPED);
    BOOST_TEST((left.phase() == wsman::STOPPED));
    end_one(wanted.id());
  }
}

// How long both ways take is told, and judged by people: it depends on what
// else the machine does.
BOOST_AUTO_TEST_CASE(both_ways_to_start_side_by_side) {
  auto plain = std::vector<double>{};
  auto handed_over = std::vector<double>{};
  for (int round = 0; round < 10; ++round) {
    auto first = request(fresh_id());
    plain.push_back(milliseconds_to_run(first));
    end_one(first.id());
    auto ghost = haunt();
    auto second = request(fresh_id());
    handed_over.push_back(milliseconds_to_run(second));
    BOOST_TEST(!fs::exists(run_dir() / "ws" / second.id()));
    end_one(second.id());
  }
  BOOST_TEST_MESSAGE("start to RUNNING, p50 of "
                     << plain.size() << ": " << median(plain)
                     << " ms; in the place of a ghost " << median(handed_over)
                     << " ms");
}

BOOST_AUTO_TEST_SUITE_END()
