#include "grpc_gateway/convert/content_session.hpp"

#include "grpc_gateway/convert/initializer.hpp"
#include "grpc_gateway/convert/spec_fields.hpp"
#include "grpc_gateway/convert/workspace_spec.hpp"

namespace berth::gateway {

namespace {

/// More than any disk holds is a mistake of the caller's.
constexpr auto max_quota = int64_t{1} << 50;

result<void> check_init(const wsdaemon::InitWorkspaceRequest& request) {
  if (auto fine = check_id("id", request.id()); !fine)
    return fine;
  if (!request.has_metadata())
    return refused("metadata is missing");
  const auto& metadata = request.metadata();
  if (auto fine = check_id("metadata.owner", metadata.owner()); !fine)
    return fine;
  if (auto fine = check_id("metadata.meta_id", metadata.meta_id()); !fine)
    return fine;
  auto quota = request.storage_quota_bytes();
  if (quota < 0 || quota > max_quota)
    return refused("storage_quota_bytes is not within 0 and 2^50");
  return require_git_configs(request.initializer());
}

} // namespace

result<init_session>
to_init_session(const wsdaemon::InitWorkspaceRequest& request,
                const settings& settings) {
  if (auto fine = check_init(request); !fine)
    return fine.error();
  auto parts = take_apart(request.initializer(), request.metadata().owner(),
                          bucket_scheme{settings.storage.bucket},
                          settings.content.allow_file_urls);
  if (!parts)
    return parts.error();
  auto out = init_session{};
  auto& session = out.session;
  session.id = request.id();
  session.owner = request.metadata().owner();
  session.meta_id = request.metadata().meta_id();
  session.remote_storage_disabled = request.remote_storage_disabled();
  session.storage_quota_bytes
    = static_cast<uint64_t>(request.storage_quota_bytes());
  if (!parts->checkout_locations.empty())
    session.checkout_location = parts->checkout_locations.front();
  auto& fill = out.fill;
  fill.initializer = std::move(parts->bytes);
  fill.secrets = std::move(parts->secrets);
  fill.is_empty = parts->is_empty;
  fill.snapshots = std::move(parts->snapshots);
  fill.prebuilds = std::move(parts->prebuilds);
  fill.local_repositories = std::move(parts->local_repositories);
  fill.repositories = std::move(parts->repositories);
  fill.quota_bytes = out.session.storage_quota_bytes;
  return out;
}

} // namespace berth::gateway
