#pragma once

#include "core/s3/settings.hpp"
#include "core/s3/stop_signal.hpp"
#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace berth::s3 {

/// Bytes of a file that are sent, by pread: nobody's position moves.
struct file_range {
  int fd = -1;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

using deadline = std::chrono::steady_clock::time_point;

/// A request, complete with its signature.
struct http_request {
  std::string method;
  std::string url;
  std::map<std::string, std::string> headers;
  std::string text; ///< the body, unless `file` names one
  file_range file;
  /// Takes the body of an answer with `sink_status`, and says whether it wants
  /// more. Other answers are kept, up to 4 MiB.
  std::function<bool(std::string_view)> sink;
  int sink_status = 200;
  deadline until = deadline::max();
};

struct http_answer {
  int status = 0;
  std::map<std::string, std::string> headers; ///< by lower-case name
  std::string body;

  /// Empty if there is none.
  std::string header(const std::string& name) const;
};

/// HTTP with libcurl, on connections that are kept. Thread-safe; calls block.
class http_exchange {
public:
  /// `ca_file`: see `settings`.
  http_exchange(patience limits, std::string ca_file, const stop_signal& stop);
  ~http_exchange();

  /// Any answer of a server is one; `unavailable` if there was none, or only
  /// a part of one; `cancelled` if the sink wanted no more or the signal came.
  result<http_answer> perform(const http_request&);

private:
  struct close_handle {
    void operator()(void*) const;
  };
  using handle = std::unique_ptr<void, close_handle>;

  handle take();
  void put_back(handle);

  patience limits_;
  std::string ca_file_;
  const stop_signal& stop_;
  std::mutex mutex_;
  std::vector<handle> idle_;
};

} // namespace berth::s3
