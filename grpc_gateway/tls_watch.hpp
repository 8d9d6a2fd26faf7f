#pragma once

#include "core/tls_files.hpp"
#include "sys/fd.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace berth::gateway {

/// The files of a TLS server as they were when they last fitted together: gRPC
/// takes whatever is there, and with half of a certificate serves nobody. What
/// it reads are copies in memory; what is wrong with the files is logged.
class tls_watch {
public:
  /// Fails if they do not fit together now.
  static result<std::unique_ptr<tls_watch>> open(const tls_settings&);
  tls_watch(const tls_watch&) = delete;
  tls_watch& operator=(const tls_watch&) = delete;
  ~tls_watch();

  /// Paths in this process, as long as this lives.
  std::string ca() const { return path_of(ca_); }
  std::string cert() const { return path_of(cert_); }
  std::string key() const { return path_of(key_); }

private:
  explicit tls_watch(tls_settings files) : files_(std::move(files)) {}

  static std::string path_of(const sys::fd&);
  result<void> show(tls_texts);
  void look();
  void watch();

  const tls_settings files_;
  sys::fd ca_, cert_, key_;
  tls_texts shown_;
  std::string complaint_; ///< what was logged last
  std::mutex mutex_;
  std::condition_variable ending_;
  bool is_over_ = false;
  std::thread thread_;
};

} // namespace berth::gateway
