#include "actors/maintenance/maintenance_worker.hpp"

#include "core/log.hpp"
#include "core/maintenance.hpp"
#include "core/rfc3339.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace berth {

maintenance_actor::behavior_type
maintenance_worker(maintenance_actor::pointer, std::filesystem::path file) {
  return {
    [file, said = std::string{}](get_maintenance) mutable {
      auto end = maintenance_end(file);
      // Said once for each state of the file, not with every call.
      auto wrong = end ? std::string{} : describe(end.error());
      if (std::exchange(said, wrong) != wrong && !wrong.empty())
        log_warning("maintenance-file-unreadable", file.native(), wrong);
      auto until = end ? *end : std::nullopt;
      return maintenance{until && std::chrono::system_clock::now() < *until,
                         until};
    },
    [file](const announce_maintenance_until& what) -> caf::result<done> {
      if (auto told = announce_maintenance(file, what.end); !told)
        return told.error();
      log_info("maintenance-announced", file.native(),
               what.end ? "until " + to_rfc3339(*what.end) : "none");
      return done{};
    },
  };
}

} // namespace berth
