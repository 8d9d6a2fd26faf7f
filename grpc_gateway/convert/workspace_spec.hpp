#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"
#include "model/workspace.hpp"

#include "ws-manager-api/core.pb.h"

namespace berth::gateway {

/// A start as the manager takes it.
struct start_order {
  workspace_spec spec;
  initializer_secrets secrets; ///< in no spec, log or database
};

/// Checks a start in itself, rule by rule in the order that clients know, and
/// translates it. The first rule that is broken says which field it is about.
result<start_order> to_start_order(const wsman::StartWorkspaceRequest&,
                                   const settings&);

/// `invalid_argument` names `field` unless `id` is a valid id.
result<void> check_id(const std::string& field, const std::string& id);

metadata_filter to_filter(const wsman::MetadataFilter&);

} // namespace berth::gateway
