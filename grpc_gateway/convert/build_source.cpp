#include "grpc_gateway/convert/build_source.hpp"

#include "grpc_gateway/convert/initializer.hpp"
#include "grpc_gateway/convert/spec_fields.hpp"
#include "grpc_gateway/convert/text.hpp"

namespace berth::gateway {

namespace {

constexpr size_t longest_field = 4096;

result<build_source> to_dockerfile(const builder::BuildSourceDockerfile& file,
                                   const std::string& owner,
                                   const settings& all) {
  for (const auto* field : {&file.dockerfile_path(), &file.dockerfile_version(),
                            &file.context_path()})
    if (!is_line(*field, longest_field))
      return refused(
        "source.file: control characters, or more than 4096 bytes");
  auto parts
    = take_apart(file.source(), owner, bucket_scheme{all.storage.bucket},
                 all.content.allow_file_urls);
  if (!parts)
    return parts.error();
  if (parts->is_empty)
    return refused("source.file.source: unsupported context initializer");
  auto out = dockerfile_source{};
  out.dockerfile_path = file.dockerfile_path();
  out.dockerfile_version = file.dockerfile_version();
  out.context_path = file.context_path();
  out.remote_uri = file.source().git().remote_uri();
  out.clone_target = file.source().git().clone_taget();
  out.initializer = std::move(parts->bytes);
  out.secrets = std::move(parts->secrets);
  out.snapshots = std::move(parts->snapshots);
  out.prebuilds = std::move(parts->prebuilds);
  out.local_repositories = std::move(parts->local_repositories);
  return out;
}

} // namespace

result<build_source> to_build_source(const builder::BuildSource& source,
                                     const std::string& owner,
                                     const settings& all) {
  switch (source.from_case()) {
    case builder::BuildSource::kRef: return image_source{source.ref().ref()};
    case builder::BuildSource::kFile:
      return to_dockerfile(source.file(), owner, all);
    case builder::BuildSource::FROM_NOT_SET: break;
  }
  return refused("source: invalid base image");
}

build_auth to_build_auth(const builder::BuildRegistryAuth& auth) {
  auto out = build_auth{};
  out.all = auth.total().allow_all();
  out.base_repository = auth.selective().allow_baserep();
  out.workspace_repository = auth.selective().allow_workspacerep();
  out.any_of
    = {auth.selective().any_of().begin(), auth.selective().any_of().end()};
  out.additional = {auth.additional().begin(), auth.additional().end()};
  return out;
}

} // namespace berth::gateway
