#pragma once

#include "core/content/digest.hpp"
#include "core/content/git_url.hpp"
#include "core/worker_job.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What an initializer asks for, checked: everything that can be refused
/// without touching disk or network was refused.
namespace berth::worker {

enum class target_mode {
  remote_head,
  remote_commit,
  remote_branch,
  local_branch
};
enum class git_auth { none, basic, one_time };

struct git_plan {
  std::string remote;
  git_url url;
  std::string upstream; ///< empty: none
  git_url upstream_url;
  target_mode mode = target_mode::remote_head;
  std::string target;
  std::string location; ///< an inner path, empty for the content's root
  std::map<std::string, std::string> config;
  bool full = false;         ///< with all of the history
  std::string filter;        ///< of a partial clone; empty: it is none
  bool needs_history = true; ///< of a commit, if there is some
  git_auth auth = git_auth::none;
  std::string user, password, one_time_url;
};

struct snapshot_plan {
  std::string name; ///< empty: the content is there already
};

struct prebuild_plan {
  std::optional<snapshot_plan> snapshot;
  std::vector<git_plan> repositories;
};

struct download_plan {
  struct file {
    std::string url;
    std::string path; ///< inner, below the content's root
    content_digest digest;
  };
  std::vector<file> files;
};

struct backup_plan {
  bool is_volume = false;
};

struct plan;

struct composite_plan {
  std::vector<plan> steps;
};

struct empty_plan {};

struct plan {
  std::variant<empty_plan, git_plan, snapshot_plan, prebuild_plan,
               composite_plan, download_plan, backup_plan>
    what;
};

/// Puts the job's secrets back where `extracted-secret/...` stands.
result<plan> make_plan(const initialize_job&);

} // namespace berth::worker
