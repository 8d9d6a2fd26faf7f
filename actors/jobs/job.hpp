#pragma once

#include "actors/jobs/api.hpp"
#include "actors/jobs/last_line.hpp"
#include "actors/process/api.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace berth {

struct job_deps {
  process_actor process;
  kernel_hands hands;
  std::filesystem::path helper_dir; ///< of berth-ns and berth-worker
  /// "NAME=value" for workers with a network: proxies, certificates.
  std::vector<std::string> network_env;
  std::vector<std::string> network_files; ///< what these name, for them to see
};

/// What of this process's environment a worker with a network shall see.
std::vector<std::string> network_environment();

/// Files and directories with certificates that it names, unless each sandbox
/// has them anyway. They must be there now.
std::vector<std::string> network_files();

class job_state {
public:
  static inline const char* name = "job";

  job_state() {}

  void take_charge(job_actor::pointer self, job_deps deps);
  caf::typed_response_promise<job_ended> run(const run_job&);
  void cancel();
  void listen();

private:
  void start(const userns&);
  child_spec sandboxed(const userns&) const;
  static void furnish(const workshop&, child_spec&);
  void ended(const child_exit&);
  void finish(result<worker_outcome>);

  job_actor::pointer self_ = nullptr;
  job_deps deps_;
  run_job what_;
  std::shared_ptr<last_line> spoken_ = std::make_shared<last_line>();
  caf::typed_response_promise<job_ended> promise_;
  bool cancelled_ = false;
};

job_actor::behavior_type job(job_actor::stateful_pointer<job_state> self,
                             job_deps deps);

} // namespace berth
