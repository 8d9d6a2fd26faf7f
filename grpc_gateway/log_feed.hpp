#pragma once

#include "actors/workspace/api.hpp"
#include "grpc_gateway/log_reader.hpp"
#include "grpc_gateway/utf8_filter.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ws-manager-api/core.pb.h"

namespace berth::gateway {

/// The output of headless workspaces, for one subscriber.
class log_feed {
public:
  /// What is written by a workspace that `of` is of: text in order, no more
  /// before `read_on` was called.
  using taker
    = std::function<void(const record_ptr& of, std::vector<std::string> texts,
                         std::function<void()> read_on)>;

  /// `is_gone` says that nobody takes anything any more.
  log_feed(caf::actor_system& system, workspace_manager_actor manager,
           taker take, std::function<bool()> is_gone)
    : system_(system), manager_(std::move(manager)), take_(std::move(take)),
      is_gone_(std::move(is_gone)) {}

  /// Follows a workspace from its first record with a container to its end.
  void heed(const record_ptr&);

private:
  std::shared_ptr<log_reader> make_reader(const record_ptr&);

  caf::actor_system& system_;
  workspace_manager_actor manager_;
  taker take_;
  std::function<bool()> is_gone_;
  std::map<std::string, std::shared_ptr<log_reader>> open_; ///< by instance
};

} // namespace berth::gateway
