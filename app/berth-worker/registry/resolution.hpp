#pragma once

#include "app/berth-worker/registry/web.hpp"
#include "core/images/reference.hpp"
#include "core/registry/challenge.hpp"
#include "core/worker_job.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace berth::worker {

/// One attempt to learn from a registry what a reference means, over the
/// distribution API.
class resolution {
public:
  resolution(const resolve_job& job, const image_reference& what,
             std::chrono::steady_clock::time_point until);

  /// The digest of the manifest for this machine, computed from its bytes.
  result<std::string> run();

  /// Of a failed one: whether another attempt may fare better, and how long the
  /// registry wants to be left alone before it.
  bool may_pass() const { return may_pass_; }
  std::chrono::seconds retry_after() const { return retry_after_; }

private:
  /// What a tag or a digest names, checked against what promises it.
  result<std::string> document(const std::string& name);
  /// The answer to a GET, after whatever the registry wants to see first.
  result<web_answer> get(const std::string& path);
  result<web_answer> follow(const std::string& path);
  bool may_be_here(const std::string& url) const;
  web_answer perform(web_request request);

  result<void> authenticate(const web_answer& refused);
  result<std::string> fetch_token(const auth_challenge&);

  caf::error refuse(ec code, const char* why);
  caf::error refuse_for_now(ec code, const char* why);
  caf::error judge_status(const web_answer&);
  caf::error judge_end(const web_answer&);

  const resolve_job& job_;
  const image_reference& what_;
  std::chrono::steady_clock::time_point until_;
  web_client web_;
  std::string scheme_ = "https";
  std::string authorization_; ///< a header line, once it is known
  bool is_elsewhere_ = false; ///< a redirect led to another server
  bool may_pass_ = false;
  std::chrono::seconds retry_after_{};
};

} // namespace berth::worker
