#pragma once

#include "http_gateway/pages.hpp"
#include "model/host_pattern.hpp"
#include "model/settings.hpp"

#include <optional>
#include <string>

namespace berth::http {

/// What the proxy in front of workspaces tells of a request that it holds
/// back. All but `to_supervisor` is as the client sent it.
struct ingress_request {
  std::string host;           ///< of the URL, without port
  std::string token;          ///< header x-gitpod-owner-token
  std::string cookie;         ///< header Cookie
  std::string origin;         ///< header Origin
  bool to_supervisor = false; ///< the path begins with /_supervisor
};

/// Decides for the proxy which requests may pass, and to where.
///
/// Status 200 lets one pass, with X-Berth-Upstream, the URL of the server
/// inside the workspace, X-Berth-Cookie, the cookies less those of the
/// platform, and X-Berth-Kind, `workspace` or `port`. Everything else is 401
/// or 403, as nginx knows no other refusal, with the status that the client
/// shall see in X-Berth-Status: 400, 401, 403, 404 or 503.
class ingress {
public:
  /// URLs whose template does not name the workspace in its host are logged,
  /// and never pass.
  explicit ingress(const settings&);

  page decide(const ingress_request&, const result<records>&) const;

private:
  std::optional<url_fields> whose(const std::string& host) const;
  bool may_pass(const ingress_request&, const workspace_record&,
                const url_fields&, unsigned& refusal) const;
  bool is_trusted_origin(const ingress_request&, const workspace_record&) const;

  std::optional<host_pattern> workspaces_, ports_;
  std::string host_;          ///< of the platform
  std::string cookie_prefix_; ///< of the platform's cookies
};

} // namespace berth::http
