#pragma once

#include "app/berth-worker/content/plan.hpp"
#include "app/berth-worker/git/program.hpp"

namespace berth::worker {

/// One initialization: the content's root, and what its steps share.
class init_session {
public:
  static result<init_session> open(const initialize_job&);

  /// Runs one node of the initializer; its source of content.
  result<std::string> run(const plan&);

  result<std::string> restore_backup(const object_source&);
  result<void> restore_snapshot(const std::string& name);

  /// Runs the step and notes how long it took and how much it wrote.
  template <class Step>
  auto measured(const char* kind, Step step) -> decltype(step()) {
    auto before = mark();
    auto done = step();
    if (done)
      note(kind, before);
    return done;
  }

  /// Started at its first use.
  result<const git_program*> git();

  int root() const { return root_.get(); }
  identity owner() const { return {job_->uid, job_->gid}; }
  const network_policy& policy() const { return policy_; }
  std::vector<initializer_metric>& metrics() { return metrics_; }
  bool mirror_failed() const { return mirror_failed_; }
  bool is_restored() const { return is_restored_; } ///< any of it

private:
  struct moment {
    std::chrono::steady_clock::time_point time;
    uint64_t used = 0; ///< bytes of the file system
    bool known = false;
  };

  init_session(const initialize_job& job, sys::fd root, network_policy policy)
    : job_(&job), root_(std::move(root)), policy_(std::move(policy)) {}

  moment mark() const;
  void note(const char* kind, const moment& since);

  result<std::string> run_step(const empty_plan&);
  result<std::string> run_step(const git_plan&);
  result<std::string> run_step(const snapshot_plan&);
  result<std::string> run_step(const prebuild_plan&);
  result<std::string> run_step(const composite_plan&);
  result<std::string> run_step(const download_plan&);
  result<std::string> run_step(const backup_plan&);

  const initialize_job* job_;
  sys::fd root_;
  network_policy policy_;
  std::unique_ptr<git_program> git_;
  std::vector<initializer_metric> metrics_;
  bool mirror_failed_ = false;
  bool is_restored_ = false;
};

inline constexpr auto from_backup = "from-backup";
inline constexpr auto from_prebuild = "from-prebuild";
inline constexpr auto from_other = "from-other";

} // namespace berth::worker
