#pragma once

#include "actors/builds/build_registry.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth::test {

/// The registry of builds with workers, kernel, images and a database that
/// exist only here.
struct build_fixture : deterministic_system {
  using told_list = std::shared_ptr<std::vector<result<build_record>>>;

  /// What was asked of the others, in order: "job build-image", "remove /x"...
  std::vector<std::string> log;
  std::vector<run_job> jobs;
  /// A job of this kind waits until `let_go`, or fails with the error.
  std::set<std::string> held;
  std::map<std::string, caf::error> failing;
  std::vector<std::pair<std::string, job_actor>> at_work;
  std::set<std::string> cancelled; ///< kinds of jobs
  bool image_exists = false;       ///< the workspace image, at the resolver's
  std::optional<caf::error> unresolvable;
  std::vector<stored_image> local;
  std::vector<std::string> planned; ///< images that the Dockerfile names
  std::map<std::string, build_record> disk;
  bool store_broken = false;
  uint64_t room = uint64_t{50} << 30; ///< free on the disk
  std::string output = "STEP 1/1: FROM scratch\n";
  std::shared_ptr<settings> all = std::make_shared<settings>();
  build_registry_actor builds;

  build_fixture();

  void start(std::vector<build_record> stored = {});

  static build_request request_of(const std::string& remote = "https://x/r.git",
                                  const std::string& owner = "anna");
  told_list build(build_request what);
  void let_go(const std::string& kind);
  size_t count(const std::string& entry) const;

  struct piece {
    bool is_there = false;
    result<build_log_piece> what{make_error(ec::none, "")};
  };
  /// What an answer to this question is, if there is one yet.
  piece read(const std::string& id, const std::string& reference = {},
             uint64_t from = 0);
  std::vector<build_record> list();

  static build_phase phase_of(const told_list& told);

private:
  store_actor::behavior_type store();
  resolver_actor::behavior_type resolver();
  image_store_actor::behavior_type images();
  job_actor::behavior_type job(job_actor::pointer);
  log_tap_actor::behavior_type tap(log_tap_actor::pointer);
  kernel_hands kernel();

  build_deps deps_;
  uint64_t next_id_ = 0;
  output_listener_actor listener_;
};

} // namespace berth::test
