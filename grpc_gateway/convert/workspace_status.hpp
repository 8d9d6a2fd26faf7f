#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"
#include "model/url_template.hpp"

#include "ws-manager-api/core.pb.h"

namespace berth::gateway {

/// Shows a record the way clients know it. Stateless once made; thread-safe.
class status_projection {
public:
  /// `invalid_argument` if a template of `settings` does not parse.
  static result<status_projection> make(const settings&);

  /// The same record gives the same message. No flag in it is ever EMPTY;
  /// metadata, spec, conditions and auth are always there; nothing in it
  /// changes with time alone.
  wsman::WorkspaceStatus operator()(const workspace_record&) const;

private:
  status_projection(const settings&, url_template ports);

  void fill_spec(const workspace_record&, wsman::WorkspaceSpec&) const;

  std::string host_;
  url_template port_url_;
  duration regular_timeout_;
  duration closed_timeout_;
};

/// "ws-<id>", "prebuild-<id>" or "imagebuild-<id>".
std::string pod_name(const workspace_spec&);

contentservice::GitStatus to_proto(const git_status&);

} // namespace berth::gateway
