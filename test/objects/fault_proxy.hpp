#pragma once

#include "sys/fd.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace berth::test {

/// What becomes of one request.
struct fault {
  enum class kind {
    none,
    refuse,       ///< the connection ends before anything is read
    answer,       ///< `text` is the answer; the server hears nothing
    lose_answer,  ///< the server does it; the connection ends
    cut_request,  ///< after `at` bytes of its body, the connection is reset
    cut_answer,   ///< after `at` bytes of its body, the connection ends
    reset_answer, ///< the same, with a reset
    flip_request, ///< byte `at` of its body has another bit
    flip_answer,
    silence, ///< nothing ever comes back
  } what
    = kind::none;
  size_t at = 0;
  std::string text = {};
};

/// A complete answer with a body.
fault reply(const std::string& status, const std::string& body,
            const std::string& headers = "");

/// Between a client and a server on loopback: one request a connection, each
/// served as a rule says.
class fault_proxy {
public:
  /// Is told the head of a request.
  using rule = std::function<fault(const std::string& head)>;

  explicit fault_proxy(int server_port);
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;
  ~fault_proxy();

  int port() const { return port_; }
  int requests() const { return requests_; }
  void set(rule);

private:
  void accept_all();
  void serve(const sys::fd& client);
  bool is_over(int event) const;
  fault judge(const std::string& head);

  int server_port_;
  int port_ = 0;
  sys::fd listener_, over_;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;
  rule rule_;
  std::vector<std::jthread> serving_;
  std::jthread accepting_;
};

} // namespace berth::test
