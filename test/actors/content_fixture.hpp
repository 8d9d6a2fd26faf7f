#pragma once

#include "actors/content/content.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth::test {

/// The content actor with a disk, workers and a storage that exist only here.
/// Everything that is asked of them is written down, in order.
class content_fixture : protected deterministic_system {
protected:
  content_fixture() {
    all->node.state_dir = "/s";
    all->node.run_dir = "/r";
    all->runtime.uid_start = 1'000'000;
    all->timeouts.initialization = std::chrono::minutes{30};
    all->timeouts.content_finalization = std::chrono::hours{1};
    all->content.snapshot_pause = std::chrono::seconds{2};
    all->content.publish_limit = std::chrono::minutes{10};
    deps.settings = all;
    deps.disk = [this] {
      return sys.spawn([this](disk_actor::pointer me) { return disk(me); });
    };
    deps.file = [this] {
      return sys.spawn([this](file_actor::pointer me) { return file(me); });
    };
    deps.job = [this] {
      auto worker
        = sys.spawn([this](job_actor::pointer me) { return job(me); });
      adopt(worker);
      hired.push_back(caf::actor_cast<caf::actor>(worker));
      return worker;
    };
    deps.store = spawn([this](store_actor::pointer) { return store(); });
    deps.runtime = spawn([this](runtime_actor::pointer) { return runtime(); });
    deps.now_ns = [this] { return now_ns; };
    open();
  }

  /// Ends the content actor and its archives at once, as a crash would, and
  /// spawns the next one on what the store knows.
  void restart() {
    replace_berthd();
    BOOST_REQUIRE(ask<done>(actor, sweep_content{{"w1", "w2"}}));
  }

  /// Another content actor, which has not swept yet.
  void replace_berthd() {
    self->send_exit(actor, caf::exit_reason::kill);
    for (const auto& each : std::exchange(hired, {}))
      self->send_exit(each, caf::exit_reason::kill);
    settle();
    at_work.clear();
    log.clear();
    jobs.clear();
    open();
  }

  static content_id id_of(const std::string& instance) {
    return {instance, "alice", "project", 2};
  }

  static initialize_content start_of(const std::string& instance) {
    auto what = initialize_content{};
    what.id = id_of(instance);
    what.initializer = "git, please";
    return what;
  }

  static archive_content backup_of(const std::string& instance) {
    return {id_of(instance), archive_purpose::final_backup, ""};
  }

  /// Of a workspace that runs.
  static archive_content snapshot_of(const std::string& instance) {
    auto what = archive_content{id_of(instance), archive_purpose::snapshot, ""};
    what.container = "c-" + instance;
    return what;
  }

  static worker_outcome cloned() {
    return initialize_outcome{"from-other", {{"git", {}, 7}}};
  }
  static worker_outcome archived(uint64_t entries = 3) {
    return archive_outcome{10, std::string(64, 'a'), entries, std::nullopt};
  }
  static worker_outcome verified() {
    return verify_outcome{3, 10, std::string(64, 'a')};
  }
  static worker_outcome copied() { return copy_outcome{3, 30}; }

  /// A request whose reply is awaited later, with `reply_to`.
  template <class Message>
  auto begin(Message msg) {
    auto pending = self->request(actor, caf::infinite, std::move(msg));
    settle();
    return pending;
  }

  template <class Reply, class Handle>
  result<Reply> reply_to(Handle& pending) {
    auto out = result<Reply>{make_error(ec::timeout, "no reply")};
    pending.receive([&](Reply& x) { out = std::move(x); },
                    [&](caf::error& err) { out = std::move(err); });
    return out;
  }

  /// Lets the oldest worker that is still at work say how it ended.
  void end_job(result<worker_outcome> outcome) {
    auto end = std::move(at_work.front());
    at_work.pop_front();
    end(std::move(outcome));
    settle();
  }

  /// What was asked of the disk, one word each, since the last look.
  std::string heard() {
    auto out = std::string{};
    for (const auto& entry : std::exchange(log, {}))
      out += (out.empty() ? "" : ", ") + entry;
    return out;
  }

  /// Names of archives that the store knows, with their phases.
  std::string known() const {
    auto out = std::string{};
    for (const auto& [id, record] : records)
      out += (out.empty() ? "" : ", ") + id + " " + to_string(record.phase);
    return out;
  }

  std::shared_ptr<settings> all = std::make_shared<settings>();
  content_actor actor;
  std::map<std::string, archive_record> records; ///< in the store
  int64_t now_ns = 100;
  std::optional<caf::error> store_refused, freeze_refused, thaw_refused,
    settle_refused, reopen_refused;
  std::vector<caf::actor> hired; ///< workers that have not ended
  std::vector<std::string> log;
  std::vector<run_job> jobs;
  /// Answers of workers; if there is none they stay at work.
  std::deque<result<worker_outcome>> outcomes;
  std::deque<std::function<void(result<worker_outcome>)>> at_work;
  found_content found;
  content_sources sources;
  std::optional<caf::error> sources_refused;
  std::optional<caf::error> publish_refused, probe_refused;
  bool is_publishing_held = false; ///< nobody answers for the storage
  std::optional<caf::error> logs_refused;
  std::vector<stage_archive> staged; ///< what was asked of them
  std::vector<archive_record> publishing;
  /// What the disk knows of pieces, if it is asked for that.
  staged_pieces pieces;
  content_listing listing;

private:
  content_deps deps;

  void open() {
    auto begun = std::vector<archive_record>{};
    for (const auto& [id, record] : records)
      begun.push_back(record);
    actor = spawn(content, deps, std::move(begun));
  }

  store_actor::behavior_type store();
  runtime_actor::behavior_type runtime();
  disk_actor::behavior_type disk(disk_actor::pointer me);
  file_actor::behavior_type file(file_actor::pointer me);
  job_actor::behavior_type job(job_actor::pointer me);
};

} // namespace berth::test
