#pragma once

#include "actors/iws/workspace_services.hpp"
#include "test/support/deterministic_system.hpp"
#include "test/support/fake_node.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth::test {

template <class T>
using outcome_of = std::shared_ptr<std::optional<result<T>>>;

/// Doors that only remember who would be heard at them.
struct fake_doors : service_doors {
  result<void> open(const service_door& door) override {
    open_for[door.id] = door.service;
    return {};
  }
  void close(const std::string& id) override { open_for.erase(id); }

  std::map<std::string, workspace_service_actor> open_for;
};

/// All services over fakes, on a clock moved by hand.
///
/// The hands' steps for `script`: "pin", "map", "mark", "unmark", "divide",
/// "delegate", "mount", "umount", "nfs", "join", "usage", "open".
struct services_fixture : deterministic_system {
  services_fixture();
  services_fixture(const services_fixture&) = delete;
  services_fixture& operator=(const services_fixture&) = delete;
  /// Answers what is held: nobody may wait for ever.
  ~services_fixture();

  /// Starts the registry over what is stored, as after a crash.
  void open_all();

  /// A container that is served from here on.
  result<done> serve(const std::string& id);
  result<done> end(const std::string& id);

  /// Sends `request` to the service of "w1"; what comes of it is filled in as
  /// soon as it is there.
  template <class T, class Request>
  outcome_of<T> begin(Request request) {
    auto outcome = std::make_shared<std::optional<result<T>>>();
    request.to = answer<T>{[outcome](result<T> it) { *outcome = it; }};
    caf::anon_send(doors->open_for.at("w1"), std::move(request));
    settle();
    return outcome;
  }

  /// Of a call that is over: "ok", or the code and the text of its refusal.
  template <class T>
  static std::string said(const outcome_of<T>& outcome) {
    if (!*outcome)
      return "nothing yet";
    if (**outcome)
      return "ok";
    const auto& why = (*outcome)->error();
    return to_string(code_of(why)) + ": " + describe(why);
  }

  std::string prepare() { return said(begin<done>(prepare_for_userns{})); }
  std::string evacuate() { return said(begin<done>(evacuate_cgroup{})); }
  std::string join(int64_t pid) {
    return said(begin<done>(set_up_pair_veths{pid, {}}));
  }
  std::string map(id_map lines, int64_t pid = 7) {
    return said(
      begin<done>(write_id_mapping{pid, false, std::move(lines), {}}));
  }
  outcome_of<done> begin_mount(const std::string& target) {
    return begin<done>(mount_nested{nested_fs::proc, 7, target, "", "", {}});
  }
  std::string mount(const std::string& target = "/proc") {
    return said(begin_mount(target));
  }
  std::string tear();

  std::shared_ptr<settings> conf = std::make_shared<settings>();
  script_ptr is = std::make_shared<script>();
  std::shared_ptr<fake_doors> doors = std::make_shared<fake_doors>();
  std::vector<mounts_made> left; ///< what a recount finds
  usage_sample usage;
  bool mark_is_busy = false;
  container_kind kind = container_kind::own; ///< of what is served next
  std::map<std::string, service_ptr> stored; ///< what the store holds
  service_store_actor store;
  workspace_services_actor services;

private:
  iws_hands fake_hands();
};

} // namespace berth::test
