#pragma once

#include "app/berth/connection.hpp"

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace berth::cli {

/// Hears the statuses of one workspace. Opened before the change that is
/// waited for is asked for, so that none is missed.
class status_feed {
public:
  using taker = std::function<bool(const wsman::WorkspaceStatus&)>;

  /// `meta_id` may be empty: then all workspaces' statuses are sifted.
  status_feed(const connection& to, std::string id, std::string meta_id);

  /// Calls `take` for every status until it says that it has seen enough, or
  /// the workspace is gone (NOT_FOUND). Survives a restart of berthd: while
  /// nobody answers, it tries for a minute.
  grpc::Status follow(const taker& take);

private:
  void open();
  /// Reads on until `take` is content (true) or the stream breaks.
  bool drain(const taker& take);
  bool accept(const wsman::WorkspaceStatus&, const taker& take);

  const connection& to_;
  std::string id_;
  std::string meta_id_;
  uint64_t newest_ = 0; ///< version of the last one told
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<wsman::SubscribeResponse>> stream_;
};

/// Phases as they pass, with the time since the beginning and what is going
/// on: lines, and on a terminal one more that is drawn over and over.
class phase_printer {
public:
  /// `out` null: prints nothing.
  phase_printer(std::ostream* out, bool is_terminal);
  ~phase_printer();
  phase_printer(const phase_printer&) = delete;
  phase_printer& operator=(const phase_printer&) = delete;

  void show(const wsman::WorkspaceStatus&);
  /// Takes away what is drawn over and over, for others to write.
  void finish();

private:
  std::string elapsed() const;

  std::ostream* out_;
  bool is_terminal_;
  bool is_drawn_ = false;
  bool is_first_ = true;
  wsman::WorkspacePhase phase_ = wsman::UNKNOWN;
  std::string message_;
  std::chrono::steady_clock::time_point began_
    = std::chrono::steady_clock::now();
};

/// "[#####-----]  50 %  " of `percent`.
std::string progress_bar(int percent);

/// What a workspace failed of, "" if it did not.
std::string failure_of(const wsman::WorkspaceStatus&);

} // namespace berth::cli
