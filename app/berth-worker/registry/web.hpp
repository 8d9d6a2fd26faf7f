#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace berth::worker {

/// A GET, or a POST of a form.
struct web_request {
  std::string url;                  ///< http or https
  std::vector<std::string> headers; ///< "name: value"
  std::string form;                 ///< not empty: is posted
  bool any_certificate = false;
  bool may_be_here = true; ///< else no address of this machine's loopback
  size_t most_bytes = 0;   ///< of the answer's body
  std::chrono::steady_clock::time_point until;
};

/// How an exchange ended.
enum class web_end {
  answered,
  broken,          ///< no connection, no whole answer, or none in time
  no_tls,          ///< the server does not speak it
  bad_certificate, ///< nobody we trust vouches for the server
  too_large,
  not_there, ///< it is where the request may not go
};

struct web_answer {
  web_end end = web_end::broken;
  std::string reason; ///< if it is not answered: for the log
  int status = 0;
  std::string body;
  std::string challenges; ///< every WWW-Authenticate, joined by commas
  std::string digest;     ///< Docker-Content-Digest
  std::string next;       ///< where a redirect leads, as a whole URL
  std::chrono::seconds retry_after{};
};

/// An HTTP client that follows nothing and believes no length. Connections are
/// kept from one exchange to the next.
class web_client {
public:
  web_client();

  web_answer perform(const web_request&);

private:
  struct close_handle {
    void operator()(void* curl) const;
  };

  std::unique_ptr<void, close_handle> curl_;
};

} // namespace berth::worker
