#pragma once

#include "actors/content/content.hpp"
#include "test/support/deterministic_system.hpp"

#include <deque>
#include <filesystem>
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
    auto all = std::make_shared<settings>();
    all->node.state_dir = "/s";
    all->node.run_dir = "/r";
    all->runtime.uid_start = 1'000'000;
    all->timeouts.initialization = std::chrono::minutes{30};
    all->timeouts.content_finalization = std::chrono::hours{1};
    auto deps = content_deps{};
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
      return worker;
    };
    actor = spawn(content, deps);
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

  static worker_outcome cloned() {
    return initialize_outcome{"from-other", {{"git", {}, 7}}};
  }
  static worker_outcome archived(uint64_t entries = 3) {
    return archive_outcome{10, std::string(64, 'a'), entries, std::nullopt};
  }
  static worker_outcome verified() { return verify_outcome{3}; }

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

  content_actor actor;
  std::vector<std::string> log;
  std::vector<run_job> jobs;
  /// Answers of workers; if there is none they stay at work.
  std::deque<result<worker_outcome>> outcomes;
  std::deque<std::function<void(result<worker_outcome>)>> at_work;
  found_content found;
  content_sources sources;
  std::optional<caf::error> sources_refused;
  std::optional<caf::error> publish_refused;
  std::optional<caf::error> logs_refused;
  content_listing listing;

private:
  disk_actor::behavior_type disk(disk_actor::pointer me);
  file_actor::behavior_type file(file_actor::pointer me);
  job_actor::behavior_type job(job_actor::pointer me);
};

} // namespace berth::test
