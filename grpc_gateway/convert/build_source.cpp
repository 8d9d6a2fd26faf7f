#include "grpc_gateway/convert/build_source.hpp"

#include "core/content/git_names.hpp"
#include "grpc_gateway/convert/initializer.hpp"
#include "grpc_gateway/convert/spec_fields.hpp"
#include "grpc_gateway/convert/text.hpp"

#include <algorithm>
#include <cctype>

namespace berth::gateway {

namespace {

constexpr size_t longest_field = 4096;

/// An image is called after the target, whatever the mode: so it is made of
/// that and of nothing else. Who may not name a commit's image could give it
/// another content otherwise. What could be a commit is taken for one. Another
/// name is looked for among branches, then tags; if it is none of either it
/// stands for the default branch, as in workspaces that begin a new one.
contentservice::WorkspaceInitializer
aimed_at_target(contentservice::WorkspaceInitializer source) {
  if (!source.has_git())
    return source;
  auto& git = *source.mutable_git();
  const auto& target = git.clone_taget();
  auto is_hex = std::all_of(target.begin(), target.end(), [](unsigned char c) {
    return std::isxdigit(c) != 0;
  });
  if (!is_ref_name(target))
    return source;
  if (is_hex)
    git.set_target_mode(contentservice::REMOTE_COMMIT);
  else if (git.target_mode() != contentservice::REMOTE_COMMIT)
    git.set_target_mode(contentservice::REMOTE_BRANCH);
  return source;
}

result<build_source> to_dockerfile(const builder::BuildSourceDockerfile& file,
                                   const std::string& owner,
                                   const settings& all) {
  for (const auto* field : {&file.dockerfile_path(), &file.dockerfile_version(),
                            &file.context_path()})
    if (!is_line(*field, longest_field))
      return refused(
        "source.file: control characters, or more than 4096 bytes");
  auto parts = take_apart(aimed_at_target(file.source()), owner,
                          bucket_scheme{all.storage.bucket},
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
