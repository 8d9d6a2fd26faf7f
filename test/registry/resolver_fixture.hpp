#pragma once

#include "actors/resolve/resolver.hpp"
#include "test/support/deterministic_system.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

inline const auto image_digest = "sha256:" + std::string(64, 'd');

/// The resolver with workers, files of credentials and images of the node that
/// exist only here.
struct resolver_fixture : deterministic_system {
  resolver_fixture() {
    all->images.base_repository = "base.example/images";
    all->images.workspace_repository = "ws.example/images";
    all->images.registries["r.example"].auth_file = "/r.json";
    all->images.registries["ws.example"].auth_file = "/ws.json";
    all->images.registries["127.0.0.1:5000"].insecure = true;
    auto deps = resolver_deps{};
    deps.config = all;
    deps.images = spawn([this] { return stored_images(); });
    deps.job = [this] {
      auto worker
        = sys.spawn([this](job_actor::pointer me) { return worker_of(me); });
      adopt(worker);
      return worker;
    };
    deps.logins = [this] {
      return sys.spawn(
        [this](login_file_actor::pointer me) { return file_of(me); });
    };
    deps.range = {7, 65536};
    actor = spawn(resolver, std::move(deps));
  }

  image_store_actor::behavior_type stored_images() {
    return {
      [](const resolve_image&) { return stored_image{}; },
      [](const import_image&) { return stored_image{}; },
      [this](list_images) { return here; },
      [](const remove_image&) { return done{}; },
      [](const hold_layers&) {},
      [](const drop_layers&) {},
    };
  }

  job_actor::behavior_type worker_of(job_actor::pointer me) {
    auto promise = std::make_shared<caf::typed_response_promise<job_ended>>();
    auto end = [=, this] {
      if (outcome)
        promise->deliver(job_ended{resolve_outcome{*outcome}});
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

  login_file_actor::behavior_type file_of(login_file_actor::pointer me) {
    return {
      [=, this](const read_login& what) -> caf::result<installation_login> {
        me->quit();
        files.push_back(what.file);
        if (!stored_login)
          return stored_login.error();
        return installation_login{*stored_login};
      },
    };
  }

  void store(const std::string& name) {
    auto image = stored_image{};
    image.name = name;
    image.digest = image_digest;
    here.images.push_back(std::move(image));
  }

  result<resolved_reference> resolve(const std::string& name,
                                     build_auth auth = {}) {
    return ask<resolved_reference>(actor,
                                   resolve_reference{name, std::move(auth)});
  }

  result<workspace_image_found> find(build_source source) {
    return ask<workspace_image_found>(
      actor, resolve_workspace_image{std::move(source), {}, false});
  }

  /// What the last worker was told.
  const resolve_job& asked() const {
    return std::get<resolve_job>(jobs.back().job);
  }

  template <class T>
  static ec code(const result<T>& outcome) {
    return outcome ? ec::none : code_of(outcome.error());
  }

  std::shared_ptr<settings> all = std::make_shared<settings>();
  image_list here;
  std::vector<run_job> jobs;
  std::vector<job_actor> at_work;
  bool hold_jobs = false;
  std::vector<std::string> files; ///< that were read
  result<std::optional<registry_login>> stored_login
    = std::optional{registry_login{"node", "its own", {}}};
  result<std::string> outcome = image_digest;
  resolver_actor actor;
};

} // namespace berth::test
