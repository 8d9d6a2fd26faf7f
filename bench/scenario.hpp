#pragma once

#include "bench/report.hpp"
#include "model/error.hpp"

#include <filesystem>
#include <string_view>

namespace berth::bench {

/// What the command line says of all scenarios.
struct options {
  std::filesystem::path bin_dir; ///< where berthd and its helpers are
  unsigned rounds = 0;           ///< 0: the scenario's own number
  bool verbose = false;          ///< keep berthd's log on stderr
};

/// One question, answered by numbers beside a floor or a peer that was
/// measured in the same run.
struct scenario {
  std::string_view name;
  std::string_view question;
  result<void> (*run)(const options&, report&);
};

extern const scenario rpc_scenario;
extern const scenario start_scenario;
extern const scenario density_scenario;
extern const scenario subscribe_scenario;
extern const scenario recovery_scenario;
extern const scenario backup_scenario;
extern const scenario restore_scenario;
extern const scenario incremental_scenario;
extern const scenario clone_scenario;
extern const scenario build_scenario;
extern const scenario iws_scenario;

} // namespace berth::bench
