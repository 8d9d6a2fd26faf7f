#include "test/support/fake_node.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace berth::test {

size_t script::count(const std::string& entry) const {
  return std::count(log.begin(), log.end(), entry);
}

void script::let_go(const std::string& step) {
  hold[step] = false;
  caf::anon_send(waiting, open_gate{step});
}

gate_actor::behavior_type gate(gate_actor::pointer self) {
  using promise = caf::typed_response_promise<done>;
  auto held = std::make_shared<std::map<std::string, std::vector<promise>>>();
  return {
    [=](const pass_gate& job) {
      auto& waiting = (*held)[job.name];
      waiting.push_back(self->make_response_promise<done>());
      return waiting.back();
    },
    [=](const open_gate& job) {
      for (auto& waiting : std::exchange((*held)[job.name], {}))
        waiting.deliver(done{});
    },
  };
}

store_actor::behavior_type fake_store(store_actor::pointer, script_ptr is) {
  return {
    [=](const put_record& put) -> caf::result<stored> {
      if (is->fail.contains("store"))
        return make_error(is->fail_code.contains("store")
                            ? is->fail_code["store"]
                            : ec::unavailable,
                          is->fail["store"]);
      is->disk[put.record->spec.id] = put.record;
      is->history.push_back(put.record);
      return stored{};
    },
    [=](const drop_record& drop) {
      is->disk.erase(drop.id);
      return stored{};
    },
    [](const put_image&) { return stored{}; },
    [](const drop_image&) { return stored{}; },
    [=](const put_session& put) -> caf::result<stored> {
      if (is->fail.contains("store"))
        return make_error(ec::unavailable, is->fail["store"]);
      is->sessions[put.session->id] = put.session;
      is->log.push_back("store " + put.session->id + " "
                        + to_string(put.session->phase));
      return stored{};
    },
    [=](const drop_session& drop) {
      is->sessions.erase(drop.id);
      is->log.push_back("forget " + drop.id);
      return stored{};
    },
    [](const put_archive&) { return stored{}; },
    [](const forget_archive&) { return stored{}; },
    [](const put_build&) { return stored{}; },
    [](const forget_build&) { return stored{}; },
    [](make_durable) { return durable{}; },
    [](const load_all&) { return everything_stored{}; },
  };
}

content_actor::behavior_type fake_content(content_actor::pointer self,
                                          script_ptr is) {
  return {
    [=](const initialize_content& job) {
      is->fills.push_back(job);
      return play(
        self, is, "fill", job.id.instance,
        content_initialized{
          "/content/" + job.id.instance, "from-other", {}, !job.place.empty()});
    },
    [=](const cancel_content& job) {
      is->log.push_back("cancel " + job.instance);
      is->fail["fill"] = "cancelled";
      is->let_go("fill");
    },
    [=](const archive_content& job) {
      is->archives.push_back(job);
      auto step = is_snapshot(job.purpose) ? "snapshot" : "archive";
      if (job.on_secured && !is->hold["secure"] && !is->fail.contains(step))
        job.on_secured(
          "snapshot-" + std::to_string(is->count("snapshot " + job.id.instance))
          + "@bucket");
      return play(self, is, step, job.id.instance,
                  content_archived{"object@bucket", 1, "sha", is->repo});
    },
    [=](const survey_content& job) {
      return play(self, is, job.with_logs ? "survey-with-logs" : "survey",
                  job.id.instance, content_surveyed{is->repo});
    },
    [=](const discard_content& job) {
      return play(self, is, "discard", job.instance, done{});
    },
    [=](const quarantine_content& job) {
      return play(self, is, "quarantine", job.id.instance, done{});
    },
    [=](const measure_content& job) {
      return play(self, is, "measure", job.instance,
                  content_measured{is->content_bytes, is->is_limited});
    },
    [=](const sweep_content& job) {
      return play(self, is, "sweep-content", std::to_string(job.known.size()),
                  done{});
    },
  };
}

disk_guard_actor::behavior_type fake_disk(disk_guard_actor::pointer,
                                          script_ptr is) {
  return {
    [=](admit_content) -> caf::result<done> {
      if (is->fail.contains("disk"))
        return make_error(ec::exhausted, is->fail["disk"]);
      return done{};
    },
    [](look_at_disk) {},
  };
}

image_store_actor::behavior_type fake_images(image_store_actor::pointer self,
                                             script_ptr is) {
  return {
    [=](const resolve_image& job) {
      return play(self, is, "image", job.reference,
                  stored_image{job.reference,
                               "sha256:1",
                               {"layer"},
                               {{}, "", "", is->image_label},
                               7,
                               0});
    },
    [](const import_image&) { return stored_image{}; },
    [](const list_images&) { return image_list{}; },
    [](const remove_image&) { return done{}; },
    [=](const hold_layers& job) { is->log.push_back("hold " + job.holder); },
    [=](const drop_layers& job) { is->log.push_back("drop " + job.holder); },
  };
}

runtime_actor::behavior_type fake_runtime(runtime_actor::pointer self,
                                          script_ptr is) {
  return {
    [=](const launch& job) {
      is->kinds[job.plan->id] = job.plan->kind;
      return play(self, is, "launch", job.plan->id,
                  launched{{4242, 1}, "10.20.0.2"});
    },
    [=](const wake& job) {
      return play(self, is, "wake", job.plan->id + " as " + job.plan->hostname,
                  done{});
    },
    [=](const await_end& job) {
      is->log.push_back("await " + job.id);
      auto promise = self->make_response_promise<container_end>();
      self->request(is->waiting, caf::infinite, pass_gate{"end " + job.id})
        .then([=, id = job.id](const done&) mutable {
          promise.deliver(is->ends[id]);
        });
      return promise;
    },
    [=](const terminate& job) {
      auto ms
        = std::chrono::duration_cast<std::chrono::milliseconds>(job.grace);
      return play(self, is, "terminate",
                  job.id + " " + std::to_string(ms.count()), done{});
    },
    [=](const release& job) {
      return play(self, is, "release", job.id, done{});
    },
    [=](const freeze& job) { return play(self, is, "freeze", job.id, done{}); },
    [=](const thaw& job) { return play(self, is, "thaw", job.id, done{}); },
    [=](const sweep& job) {
      return play(self, is, "sweep", std::to_string(job.known.size()), done{});
    },
    [=](const put_ssh_keys& job) {
      auto all = std::string{};
      for (const auto& key : job.keys)
        all += " " + key;
      return play(self, is, "put-ssh-keys", job.id + all, done{});
    },
    [=](const exec& job) {
      return play(self, is, "exec", job.plan.id, done{});
    },
    [=](const get_log_path& job) {
      return log_path{"/log/" + job.id, "/retained/" + job.id};
    },
    [=](const forget_log& job) { is->log.push_back("forget-log " + job.id); },
  };
}

secret_keeper_actor::behavior_type
fake_secrets(secret_keeper_actor::pointer self, script_ptr is) {
  return {
    [=](const keep_secrets& job) {
      return play(self, is, "keep-secrets", job.id, done{});
    },
    [=](const recall_secrets& job) {
      return play(self, is, "recall-secrets", job.id, recalled_secrets{});
    },
    [=](const erase_secrets& job) {
      return play(self, is, "erase-secrets", job.id, done{});
    },
    [=](const sweep_secrets& job) {
      return play(self, is, "sweep-secrets", std::to_string(job.known.size()),
                  done{});
    },
  };
}

maintenance_actor::behavior_type fake_maintenance(maintenance_actor::pointer,
                                                  script_ptr is) {
  return {
    [=](get_maintenance) {
      return maintenance{is->maintenance, {}};
    },
    [](const announce_maintenance_until&) { return done{}; },
  };
}

} // namespace berth::test
