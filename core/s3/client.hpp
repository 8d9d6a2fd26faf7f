#pragma once

#include "core/s3/exchange.hpp"
#include "core/s3/pace.hpp"
#include "core/s3/settings.hpp"
#include "core/s3/stop_signal.hpp"
#include "model/error.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace berth::s3 {

/// What is asked of the bucket, or of an object in it.
struct request {
  std::string method = "GET";
  std::string key; ///< empty: the bucket itself
  std::map<std::string, std::string> query = {};
  std::map<std::string, std::string> headers = {}; ///< lower-case names
  std::string text = {};
  file_range file = {};
  std::string sha256 = {}; ///< of `file`, hex
  std::function<bool(std::string_view)> sink = {};
  int sink_status = 200;
};

/// Signs requests, sends them, and sends them again where that can help.
/// Thread-safe; calls block.
class client {
public:
  client(settings, const stop_signal&);

  /// Until there is an answer that says what became of it. `not_found`,
  /// `permission_denied`, `failed_precondition` (no such bucket, another
  /// region, no key), `aborted` (a condition did not hold), `unimplemented`,
  /// `cancelled`; `unavailable` for what another attempt may mend, once
  /// `until` is over.
  result<http_answer> send(const request&, deadline until);

  /// One attempt; the same errors.
  result<http_answer> attempt(const request&, deadline until = deadline::max());

  /// Waits between attempts; `n` counts from 0. False if there is no time
  /// left, or the signal came.
  bool pause(uint32_t n, deadline until) const;

  /// Where `key` is, as a request for its copy names it.
  std::string copy_source(const std::string& key) const;

  const settings& told() const { return settings_; }
  const stop_signal& stop() const { return stop_; }

private:
  result<http_answer> attempt_once(const request&, deadline until);
  result<http_request> prepared(const request&, int64_t offset) const;
  caf::error refused(const request&, const http_answer&) const;
  bool adopt_time_of(const http_answer&, int64_t offset);

  settings settings_;
  const stop_signal& stop_;
  http_exchange http_;
  pace pace_;
  std::string scheme_, host_;
  std::atomic<int64_t> clock_offset_ = 0; ///< seconds; the store's less ours
};

/// Whether another attempt may end otherwise.
bool is_passing(const caf::error&);

/// What an error's body says of it: its code, such as "NoSuchKey"; empty if
/// it is no error.
std::string error_code_in(std::string_view body);

} // namespace berth::s3
