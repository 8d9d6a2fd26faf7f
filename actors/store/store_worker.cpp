#include "actors/store/store_worker.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace berth {

namespace {

/// How long a change that nobody waits for may miss on disk.
constexpr auto sync_delay = std::chrono::milliseconds{100};

/// Enough for thousands of records.
constexpr auto ballast_bytes = uint64_t{16} << 20;

using self_ptr = store_worker_actor::stateful_pointer<store_worker_state>;
using change = store_worker_state::change;
using waiting = store_worker_state::waiting;

result<bool> stored_if(result<void> outcome) {
  if (!outcome)
    return outcome.error();
  return true;
}

/// Makes one change within a transaction; false if it is a record that is not
/// newer than the stored one.
struct apply {
  database& db;

  result<bool> operator()(const put_record& msg) const {
    return db.put(*msg.record);
  }
  result<bool> operator()(const put_image& msg) const {
    return stored_if(db.put(msg.image));
  }
  result<bool> operator()(const put_session& msg) const {
    return stored_if(db.put(*msg.session));
  }
  result<bool> operator()(const put_archive& msg) const {
    return stored_if(db.put(msg.archive));
  }
  result<bool> operator()(const put_build& msg) const {
    return stored_if(db.put(msg.build));
  }
  result<bool> operator()(const put_build_log& msg) const {
    return stored_if(db.put(msg));
  }
  result<bool> operator()(const put_service& msg) const {
    return stored_if(db.put(*msg.service));
  }
  template <class Drop>
  result<bool> operator()(const Drop& msg) const {
    return stored_if(db.drop(msg));
  }
};

/// One transaction; says of each change whether it was stored.
result<std::vector<bool>> write(database& db,
                                const std::vector<waiting>& batch) {
  auto out = std::vector<bool>{};
  if (auto begun = db.begin(); !begun)
    return begun.error();
  for (auto& entry : batch) {
    auto applied = std::visit(apply{db}, entry.what);
    if (!applied)
      return applied.error();
    out.push_back(*applied);
  }
  if (auto committed = db.commit(); !committed)
    return committed.error();
  return out;
}

/// A put whose version is not newer is a mistake of the one who numbers them.
caf::error stale(const change& what) {
  auto& record = *std::get<put_record>(what).record;
  return make_error(ec::internal, "store workspace " + record.spec.id
                                    + ": version "
                                    + std::to_string(record.version)
                                    + " is not newer than the stored one");
}

/// On a full disk nothing was written, and nothing is lost but this; anything
/// else that fails leaves open what is on disk.
bool is_full_disk(const result<std::vector<bool>>& written) {
  return !written && code_of(written.error()) == ec::exhausted;
}

void break_down(store_worker_state& state, const caf::error& why) {
  state.broken = make_error(ec::unavailable, "the database cannot be written "
                                             "since: "
                                               + describe(why));
}

/// Logs are good to have: no room is made for them.
bool is_log(const waiting& entry) {
  return std::holds_alternative<put_build_log>(entry.what);
}

void commit(store_worker_state& state, std::vector<waiting> batch,
            bool may_make_room) {
  if (batch.empty())
    return;
  auto written = write(*state.db, batch);
  auto is_forgotten = written || state.db->abandon();
  if (may_make_room && is_full_disk(written) && is_forgotten && state.spare
      && state.spare->throw_out()) {
    written = write(*state.db, batch);
    is_forgotten = written || state.db->abandon();
  }
  if (!written && !(is_full_disk(written) && is_forgotten))
    break_down(state, written.error());
  for (size_t i = 0; i < batch.size(); ++i)
    if (!written)
      batch[i].promise.deliver(written.error());
    else if ((*written)[i])
      batch[i].promise.deliver(stored{});
    else
      batch[i].promise.deliver(stale(batch[i].what));
}

void commit(self_ptr self) {
  auto changes = std::vector<waiting>{};
  auto logs = std::vector<waiting>{};
  for (auto& entry : std::exchange(self->state.batch, {}))
    (is_log(entry) ? logs : changes).push_back(std::move(entry));
  commit(self->state, std::move(changes), true);
  commit(self->state, std::move(logs), false);
}

/// With what waits to be committed, so that one fsync serves both.
void sync(self_ptr self) {
  auto& state = self->state;
  commit(self);
  state.sync_is_due = false;
  if (state.spare)
    state.spare->take_in();
  if (!state.broken)
    if (auto synced = state.db->sync(); !synced)
      break_down(state, synced.error());
  for (auto& promise : std::exchange(state.awaiting_sync, {}))
    if (state.broken)
      promise.deliver(state.broken);
    else
      promise.deliver(durable{});
}

caf::typed_response_promise<durable> await_sync(self_ptr self) {
  auto& state = self->state;
  if (state.awaiting_sync.empty())
    self->send(self, sync_waiting{});
  state.awaiting_sync.push_back(self->make_response_promise<durable>());
  return state.awaiting_sync.back();
}

caf::typed_response_promise<stored> enqueue(self_ptr self, change what) {
  auto& state = self->state;
  auto promise = self->make_response_promise<stored>();
  if (state.broken) {
    promise.deliver(state.broken);
    return promise;
  }
  if (state.batch.empty())
    self->send(self, commit_waiting{});
  if (!std::exchange(state.sync_is_due, true))
    self->delayed_send(self, sync_delay, sync_waiting{});
  state.batch.push_back({std::move(what), promise});
  return promise;
}

caf::error no_record() {
  return make_error(ec::invalid_argument, "store: a record without an id");
}

} // namespace

store_worker_actor::behavior_type store_worker(self_ptr self,
                                               std::shared_ptr<database> db,
                                               std::shared_ptr<ballast> spare) {
  self->state.db = std::move(db);
  self->state.spare = std::move(spare);
  self->set_exit_handler([self](caf::exit_msg& msg) {
    sync(self);
    self->quit(std::move(msg.reason));
  });
  return {
    [self](const put_record& msg) -> caf::result<stored> {
      if (!msg.record || msg.record->spec.id.empty())
        return no_record();
      return enqueue(self, msg);
    },
    [self](const drop_record& msg) { return enqueue(self, msg); },
    [self](put_image& msg) { return enqueue(self, std::move(msg)); },
    [self](const drop_image& msg) { return enqueue(self, msg); },
    [self](const put_session& msg) -> caf::result<stored> {
      if (!msg.session || msg.session->id.empty())
        return no_record();
      return enqueue(self, msg);
    },
    [self](const drop_session& msg) { return enqueue(self, msg); },
    [self](put_archive& msg) { return enqueue(self, std::move(msg)); },
    [self](const forget_archive& msg) { return enqueue(self, msg); },
    [self](put_build& msg) { return enqueue(self, std::move(msg)); },
    [self](const forget_build& msg) { return enqueue(self, msg); },
    [self](put_build_log& msg) { return enqueue(self, std::move(msg)); },
    [self](const load_build_log& msg) -> caf::result<build_log> {
      commit(self);
      auto log = self->state.db->load(msg);
      if (!log)
        return log.error();
      return std::move(*log);
    },
    [self](const put_service& msg) -> caf::result<stored> {
      if (!msg.service || msg.service->id.empty())
        return no_record();
      return enqueue(self, msg);
    },
    [self](const drop_service& msg) { return enqueue(self, msg); },
    [self](load_services) -> caf::result<stored_services> {
      commit(self);
      auto all = self->state.db->load_services();
      if (!all)
        return all.error();
      return std::move(*all);
    },
    [self](make_durable) { return await_sync(self); },
    [self](load_all) -> caf::result<everything_stored> {
      commit(self);
      auto all = self->state.db->load_all();
      if (!all)
        return all.error();
      return std::move(*all);
    },
    [self](commit_waiting) { commit(self); },
    [self](sync_waiting) { sync(self); },
  };
}

service_store_actor service_store(const store_actor& store) {
  return caf::actor_cast<service_store_actor>(store);
}

build_log_store_actor build_log_store(const store_actor& store) {
  return caf::actor_cast<build_log_store_actor>(store);
}

result<store_actor> spawn_store_actor(caf::actor_system& sys,
                                      const std::filesystem::path& path) {
  auto spare
    = std::make_shared<ballast>(path.parent_path() / "ballast", ballast_bytes);
  auto db = database::open(path);
  if (!db && code_of(db.error()) == ec::exhausted && spare->throw_out())
    db = database::open(path);
  if (!db)
    return db.error();
  spare->take_in();
  return store_actor{
    sys.spawn<caf::detached>(store_worker, std::move(*db), std::move(spare))};
}

} // namespace berth
