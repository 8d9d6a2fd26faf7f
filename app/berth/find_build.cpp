#include "app/berth/find_build.hpp"

#include "app/berth/names.hpp"

#include <vector>

namespace berth::cli {

grpc::Status find_build(const connection& to, const std::string& text,
                        builder::LogsRequest& request) {
  if (text.find('/') != text.npos) {
    request.set_build_ref(text);
    return grpc::Status::OK;
  }
  request.set_build_id(text);
  if (is_uuid(text))
    return grpc::Status::OK;
  builder::ListBuildsResponse known;
  auto status
    = call(to.image_builder(), &builder::ImageBuilder::Stub::ListBuilds,
           builder::ListBuildsRequest{}, known);
  if (!status.ok())
    return status;
  std::vector<std::string> begin_so;
  for (const auto& each : known.builds()) {
    if (each.build_id() == text)
      return grpc::Status::OK;
    if (each.build_id().starts_with(text))
      begin_so.push_back(each.build_id());
  }
  if (begin_so.empty() || text.empty())
    return {grpc::StatusCode::NOT_FOUND, "no build " + text};
  if (begin_so.size() > 1)
    return {grpc::StatusCode::INVALID_ARGUMENT,
            text + " may be any of " + std::to_string(begin_so.size())
              + " builds"};
  request.set_build_id(begin_so[0]);
  return grpc::Status::OK;
}

} // namespace berth::cli
