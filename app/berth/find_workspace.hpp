#pragma once

#include "app/berth/connection.hpp"

#include <string>
#include <vector>

namespace berth::cli {

/// Which workspace of `all` people mean by `text`: its instance id, its meta
/// id (the live instance, else the newest), or the beginning of one of the two
/// that is nobody else's. NOT_FOUND if it is none, INVALID_ARGUMENT if it may
/// be several.
grpc::Status choose_workspace(
  const google::protobuf::RepeatedPtrField<wsman::WorkspaceStatus>& all,
  const std::string& text, std::string& id);

/// The same among all workspaces of the node. A complete UUID is taken as it
/// is and never looked up.
grpc::Status find_workspace(const connection&, const std::string& text,
                            std::string& id);

} // namespace berth::cli
