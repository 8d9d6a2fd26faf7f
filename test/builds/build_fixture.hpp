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
  bool base_exists = false;        ///< what its Dockerfile makes, there too
  std::set<std::string> with_ours; ///< references looked for with our login
  std::optional<caf::error> unresolvable;
  std::vector<stored_image> local;
  bool is_left_out = false;       ///< what is built: the node has it
  std::set<std::string> archived; ///< snapshots, and repositories of this node
  std::vector<std::string> planned; ///< images that the Dockerfile names
  std::map<std::string, build_record> disk;
  std::map<std::string, initializer_secrets> kept; ///< beside it, by build
  std::map<std::string, cached_tree> caches;
  uint64_t cache_bytes = 1; ///< that a build leaves in its cache
  std::map<std::string, build_log> kept_logs; ///< by build
  bool store_broken = false;
  uint64_t room = uint64_t{50} << 30; ///< free on the disk
  std::vector<uint64_t> taken{0, 0};  ///< of it by a build and by its cache
  cgroup_limit_hits limit_hits;       ///< of a build
  std::string output = "STEP 1/1: FROM scratch\n";
  std::shared_ptr<settings> all = std::make_shared<settings>();
  build_registry_actor builds;

  build_fixture();

  void start(std::vector<build_record> stored = {});
  wall_time now() { return wall_time{sched.clock().now().time_since_epoch()}; }

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
  build_log_store_actor::behavior_type log_store();
  resolver_actor::behavior_type resolver();
  image_store_actor::behavior_type images();
  archive_opener_actor::behavior_type archives(archive_opener_actor::pointer);
  job_actor::behavior_type job(job_actor::pointer);
  log_tap_actor::behavior_type tap(log_tap_actor::pointer);
  cache_disk_actor::behavior_type cache_disk(cache_disk_actor::pointer);
  secret_keeper_actor::behavior_type secrets(secret_keeper_actor::pointer);
  kernel_hands kernel();

  /// Spawns what `hand` behaves as, for one message.
  template <class Actor>
  std::function<Actor()> hand(typename Actor::behavior_type (
    build_fixture::*hand)(typename Actor::pointer)) {
    return [this, hand] {
      auto made = sys.spawn(
        [this, hand](typename Actor::pointer me) { return (this->*hand)(me); });
      adopt(made);
      return made;
    };
  }

  build_deps deps_;
  uint64_t next_id_ = 0;
  std::map<sys::shared_fd, output_listener_actor> listeners_; ///< by pipe
};

} // namespace berth::test
