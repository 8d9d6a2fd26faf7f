#pragma once

#include "actors/images/image_store.hpp"
#include "test/support/deterministic_system.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

inline const auto layer_a = std::string(64, 'a');
inline const auto layer_b = std::string(64, 'b');
inline const auto layer_c = std::string(64, 'c');
inline const auto digest = "sha256:" + std::string(64, 'd');

inline stored_image image_of(std::string name,
                             std::vector<std::string> layers) {
  auto out = stored_image{};
  out.name = std::move(name);
  out.digest = digest;
  out.layers = std::move(layers);
  return out;
}

/// The image store with a disk, workers and a database that exist only here.
struct image_fixture : deterministic_system {
  void start(std::vector<stored_image> images = {}) {
    auto all = std::make_shared<settings>();
    all->node.state_dir = "/s";
    all->node.run_dir = "/r";
    all->images.registries["127.0.0.1:5000"] = {true, "/auth.json"};
    auto deps = image_deps{};
    deps.settings = all;
    deps.store = spawn([this]() { return store(); });
    deps.layers = [this] {
      return sys.spawn([this](layer_actor::pointer me) { return disk(me); });
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
    actor = spawn(image_store, deps, std::move(images));
  }

  store_actor::behavior_type store() {
    return {
      [](const put_record&) { return stored{}; },
      [](const drop_record&) { return stored{}; },
      [this](const put_image& what) -> caf::result<stored> {
        if (store_broken)
          return make_error(ec::unavailable, "store broken");
        log.push_back("store " + what.image.name);
        return stored{};
      },
      [this](const drop_image& what) {
        log.push_back("forget " + what.name);
        return stored{};
      },
      [](const put_session&) { return stored{}; },
      [](const drop_session&) { return stored{}; },
      [](const put_archive&) { return stored{}; },
      [](const forget_archive&) { return stored{}; },
      [](const put_build&) { return stored{}; },
      [](const forget_build&) { return stored{}; },
      [](make_durable) { return durable{}; },
      [](load_all) { return everything_stored{}; },
    };
  }

  layer_actor::behavior_type disk(layer_actor::pointer me) {
    return {
      [=, this](const list_layers&) {
        me->quit();
        return listing;
      },
      [=, this](const install_layers& what) -> caf::result<installed_layers> {
        me->quit();
        log.push_back("install");
        installed = what;
        if (install_refused)
          return *install_refused;
        return installed_layers{1};
      },
      [=](const read_credentials& what) {
        me->quit();
        return credentials{what.file.empty() ? "" : "{\"auths\": {}}"};
      },
    };
  }

  file_actor::behavior_type file(file_actor::pointer me) {
    auto once = [=, this](const std::string& what, const std::string& path) {
      log.push_back(what + " " + path);
      me->quit();
      return done{};
    };
    return {
      [=](const make_directory& what) { return once("make", what.path); },
      [=](const write_file& what) { return once("write", what.path); },
      [=](const remove_tree& what) { return once("remove", what.path); },
      [=](const move_tree& what) { return once("move", what.from); },
    };
  }

  job_actor::behavior_type job(job_actor::pointer me) {
    auto promise = std::make_shared<caf::typed_response_promise<job_ended>>();
    auto end = [=, this] {
      if (outcome)
        promise->deliver(job_ended{*outcome});
      else
        promise->deliver(outcome.error());
      me->quit();
    };
    return {
      [=, this](const run_job& what) {
        jobs.push_back(what);
        *promise = me->make_response_promise<job_ended>();
        auto copy = *promise;
        if (hold_jobs)
          at_work.push_back(job_actor{me});
        else
          end();
        return copy;
      },
      [](cancel_job) {},
      [=](worker_spoke) { end(); },
    };
  }

  void end_jobs() {
    hold_jobs = false;
    for (auto& worker : std::exchange(at_work, {}))
      caf::anon_send(worker, worker_spoke{});
    settle();
  }

  result<stored_image> resolve(const std::string& reference) {
    return ask<stored_image>(actor, resolve_image{reference, nullptr});
  }

  static ec code(const result<stored_image>& outcome) {
    return outcome ? ec::none : code_of(outcome.error());
  }

  std::vector<std::string> heard() { return std::exchange(log, {}); }

  size_t count(const std::string& prefix) const {
    return static_cast<size_t>(
      std::count_if(log.begin(), log.end(), [&](const auto& entry) {
        return entry.starts_with(prefix);
      }));
  }

  worker_outcome unpacked(std::vector<unpacked_layer> layers) {
    auto out = unpack_outcome{};
    out.digest = digest;
    out.layers = std::move(layers);
    return out;
  }

  image_store_actor actor;
  std::vector<std::string> log;
  std::vector<run_job> jobs;
  std::vector<job_actor> at_work;
  bool hold_jobs = false;
  bool store_broken = false;
  layer_listing listing;
  install_layers installed;
  std::optional<caf::error> install_refused;
  result<worker_outcome> outcome
    = unpacked({{layer_a, 5, {}}, {layer_b, 7, {"etc"}}});
};

} // namespace berth::test
