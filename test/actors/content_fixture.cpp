#include "test/actors/content_fixture.hpp"

namespace berth::test {

namespace {

std::string last_part(const std::string& path) {
  return std::filesystem::path{path}.filename();
}

result<done> answer_unless(const std::optional<caf::error>& refused) {
  if (refused)
    return *refused;
  return done{};
}

} // namespace

store_actor::behavior_type content_fixture::store() {
  return {
    [](const put_record&) { return stored{}; },
    [](const drop_record&) { return stored{}; },
    [](const put_image&) { return stored{}; },
    [](const drop_image&) { return stored{}; },
    [](const put_session&) { return stored{}; },
    [](const drop_session&) { return stored{}; },
    [this](const put_archive& what) -> caf::result<stored> {
      if (store_refused)
        return *store_refused;
      log.push_back(to_string(what.archive.phase));
      records[what.archive.id] = what.archive;
      return stored{};
    },
    [this](const forget_archive& what) {
      log.emplace_back("forget");
      records.erase(what.id);
      return stored{};
    },
    [](const put_build&) { return stored{}; },
    [](const forget_build&) { return stored{}; },
    [](make_durable) { return durable{}; },
    [](load_all) { return everything_stored{}; },
  };
}

runtime_actor::behavior_type content_fixture::runtime() {
  auto said = [this](const std::string& entry,
                     const std::optional<caf::error>& refused) {
    log.push_back(entry);
    return caf::result<done>{answer_unless(refused)};
  };
  return {
    [](const launch&) { return launched{}; },
    [](const wake&) { return done{}; },
    [](const await_end&) { return container_end{}; },
    [](const terminate&) { return done{}; },
    [](const release&) { return done{}; },
    [=, this](const freeze& what) {
      return said("freeze " + what.id, freeze_refused);
    },
    [=, this](const thaw& what) {
      return said("thaw " + what.id, thaw_refused);
    },
    [](const sweep&) { return done{}; },
    [](const put_ssh_keys&) { return done{}; },
    [](const exec&) { return done{}; },
    [](const get_log_path&) { return log_path{}; },
    [](const forget_log&) {},
  };
}

disk_actor::behavior_type content_fixture::disk(disk_actor::pointer me) {
  auto once = [=, this](std::string entry, auto reply) {
    log.push_back(std::move(entry));
    me->quit();
    return reply;
  };
  return {
    [=, this](const find_content&) -> caf::result<found_content> {
      return once("find", found);
    },
    [=, this](const open_sources&) -> caf::result<content_sources> {
      auto reply = result<content_sources>{sources};
      if (sources_refused)
        reply = *sources_refused;
      return once("open sources", reply);
    },
    [=](const open_archives&) -> caf::result<opened_archives> {
      return once("open archives", opened_archives{});
    },
    [=](const fill_empty& what) -> caf::result<done> {
      return once("fill " + last_part(what.live), done{});
    },
    [=](const make_content_root& what) -> caf::result<done> {
      return once("make " + last_part(what.path), done{});
    },
    [=](const weigh_content&) -> caf::result<content_measured> {
      return once("weigh", content_measured{7, false});
    },
    [=, this](const stage_archive& what) -> caf::result<staged_archive> {
      staged.push_back(what);
      auto out = staged_archive{std::make_shared<const staged_object>(),
                                std::make_shared<const sys::fd>(),
                                std::make_shared<const sys::fd>()};
      if (what.pieces)
        out.pieces = pieces;
      return once(what.pieces ? "stage pieces" : "stage", out);
    },
    [=, this](const reopen_archive&) -> caf::result<reopened_archive> {
      auto reply = result<reopened_archive>{
        reopened_archive{std::make_shared<const staged_object>(), ""}};
      if (reopen_refused)
        reply = *reopen_refused;
      return once("reopen", reply);
    },
    [=](const keep_index& what) -> caf::result<done> {
      return once("keep index of " + what.object, done{});
    },
    [=](const settle_archive&) -> caf::result<done> {
      return once("settle", done{});
    },
    [=, this](const settle_view&) -> caf::result<done> {
      return once("settle view", answer_unless(settle_refused));
    },
    [=, this](const publish_archive& what) -> caf::result<published_archive> {
      publishing.push_back(what.archive);
      if (is_publishing_held)
        return once("publish, and no answer",
                    caf::result<published_archive>{
                      me->make_response_promise<published_archive>()});
      auto reply = result<published_archive>{published_archive{"x@y"}};
      if (publish_refused)
        reply = *publish_refused;
      return once(is_snapshot(what.archive.purpose) ? "publish snapshot"
                                                    : "publish backup",
                  reply);
    },
    [=, this](probe_storage) -> caf::result<done> {
      return once("probe", answer_unless(probe_refused));
    },
    [=, this](const store_logs&) -> caf::result<done> {
      if (logs_refused)
        return once("store logs", caf::result<done>{*logs_refused});
      return once("store logs", caf::result<done>{done{}});
    },
    [=](const drop_staged&) -> caf::result<done> {
      return once("drop", done{});
    },
    [=](const take_away& what) -> caf::result<done> {
      return once("take " + last_part(what.from) + " to " + last_part(what.to),
                  done{});
    },
    [=](const take_place& what) -> caf::result<done> {
      return once("take the place " + last_part(what.place), done{});
    },
    [=](const set_aside& what) -> caf::result<done> {
      return once("set aside " + last_part(what.from), done{});
    },
    [=, this](const list_content&) -> caf::result<content_listing> {
      return once("list", listing);
    },
    [=](const clean_storage& what) -> caf::result<done> {
      auto kept = std::string{};
      for (const auto& name : what.keep)
        kept += " " + name;
      return once("clean storage" + (kept.empty() ? "" : " but" + kept),
                  done{});
    },
  };
}

file_actor::behavior_type content_fixture::file(file_actor::pointer me) {
  auto once = [=, this](std::string entry) {
    log.push_back(std::move(entry));
    me->quit();
    return done{};
  };
  return {
    [=](const make_directory& what) {
      return once("make " + last_part(what.path));
    },
    [=](const write_file& what) {
      return once("write " + last_part(what.path));
    },
    [=](const remove_tree& what) {
      return once("remove " + last_part(what.path));
    },
    [=](const move_tree& what) {
      return once("move " + last_part(what.from) + " to " + last_part(what.to));
    },
  };
}

job_actor::behavior_type content_fixture::job(job_actor::pointer me) {
  using promise_type = caf::typed_response_promise<job_ended>;
  auto promise = std::make_shared<promise_type>();
  auto later = std::make_shared<result<worker_outcome>>(verified());
  auto end = [=](result<worker_outcome> outcome) {
    if (!promise->pending())
      return;
    if (outcome)
      promise->deliver(job_ended{std::move(*outcome)});
    else
      promise->deliver(outcome.error());
    me->quit();
  };
  return {
    [=, this](const run_job& what) {
      log.push_back("run");
      jobs.push_back(what);
      *promise = me->make_response_promise<job_ended>();
      auto copy = *promise;
      if (outcomes.empty()) {
        // The actor has to answer for itself, when it is told to.
        auto handle = job_actor{me};
        at_work.push_back([=](result<worker_outcome> outcome) {
          *later = std::move(outcome);
          caf::anon_send(handle, worker_spoke{});
        });
        return copy;
      }
      auto outcome = std::move(outcomes.front());
      outcomes.pop_front();
      end(std::move(outcome));
      return copy;
    },
    [=, this](cancel_job) {
      log.push_back("kill");
      end(make_error(ec::cancelled, "cancelled"));
    },
    [=](worker_spoke) { end(*later); },
  };
}

} // namespace berth::test
