#include "actors/maintenance/maintenance_worker.hpp"

#include "core/log.hpp"
#include "core/maintenance.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace berth {

maintenance_actor::behavior_type
maintenance_worker(maintenance_actor::pointer, std::filesystem::path file) {
  return {
    [file = std::move(file), said = std::string{}](get_maintenance) mutable {
      auto now = std::chrono::system_clock::now();
      auto is_on = is_under_maintenance(file, now);
      // Said once for each state of the file, not with every call.
      auto wrong = is_on ? std::string{} : describe(is_on.error());
      if (std::exchange(said, wrong) != wrong && !wrong.empty())
        log_warning("maintenance-file-unreadable", file.native(), wrong);
      return maintenance{is_on && *is_on};
    },
  };
}

} // namespace berth
