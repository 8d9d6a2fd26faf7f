#include "app/berth/find_workspace.hpp"

#include "app/berth/names.hpp"

#include <algorithm>

namespace berth::cli {

namespace {

using status_list = std::vector<const wsman::WorkspaceStatus*>;

bool is_live(const wsman::WorkspaceStatus& status) {
  return status.phase() != wsman::STOPPED;
}

/// Of several instances of one meta id: the live one, else the newest.
bool comes_before(const wsman::WorkspaceStatus* a,
                  const wsman::WorkspaceStatus* b) {
  if (is_live(*a) != is_live(*b))
    return is_live(*a);
  const auto& ta = a->metadata().started_at();
  const auto& tb = b->metadata().started_at();
  return std::pair{ta.seconds(), ta.nanos()}
         > std::pair{tb.seconds(), tb.nanos()};
}

grpc::Status ambiguous(const std::string& text, const status_list& found) {
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(found.size(), 5); ++i)
    names += (i ? ", " : "") + found[i]->id();
  if (found.size() > 5)
    names += ", …";
  return {grpc::StatusCode::INVALID_ARGUMENT, text + " may be any of " + names};
}

} // namespace

grpc::Status choose_workspace(
  const google::protobuf::RepeatedPtrField<wsman::WorkspaceStatus>& all,
  const std::string& text, std::string& id) {
  status_list same_meta, begin_so;
  for (const auto& status : all) {
    if (status.id() == text) {
      id = text;
      return grpc::Status::OK;
    }
    const auto& meta = status.metadata().meta_id();
    if (meta == text)
      same_meta.push_back(&status);
    if (status.id().starts_with(text) || meta.starts_with(text))
      begin_so.push_back(&status);
  }
  auto& found = same_meta.empty() ? begin_so : same_meta;
  if (found.empty() || text.empty())
    return {grpc::StatusCode::NOT_FOUND, "no workspace " + text};
  std::ranges::sort(found, comes_before);
  // Instances of one meta id are one workspace to people.
  bool is_one = std::ranges::all_of(found, [&](auto* status) {
    return status->metadata().meta_id() == found[0]->metadata().meta_id()
           && status->metadata().owner() == found[0]->metadata().owner();
  });
  bool by_meta = found[0]->metadata().meta_id().starts_with(text);
  if (found.size() > 1 && !(is_one && by_meta))
    return ambiguous(text, found);
  id = found[0]->id();
  return grpc::Status::OK;
}

grpc::Status find_workspace(const connection& to, const std::string& text,
                            std::string& id) {
  if (is_uuid(text)) {
    id = text;
    return grpc::Status::OK;
  }
  wsman::GetWorkspacesResponse known;
  auto status
    = call(to.manager(), &wsman::WorkspaceManager::Stub::GetWorkspaces,
           wsman::GetWorkspacesRequest{}, known);
  return status.ok() ? choose_workspace(known.status(), text, id) : status;
}

} // namespace berth::cli
