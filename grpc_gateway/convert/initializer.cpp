#include "grpc_gateway/convert/initializer.hpp"

#include "core/content/digest.hpp"
#include "core/content/git_names.hpp"
#include "core/content/git_url.hpp"
#include "core/content/paths.hpp"
#include "grpc_gateway/convert/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace berth::gateway {

namespace {

using contentservice::WorkspaceInitializer;

constexpr auto max_depth = 8;
constexpr auto max_nodes = 32;
constexpr auto max_files = 1000;
constexpr auto max_url = size_t{4096};
constexpr auto extracted = "extracted-secret/";

caf::error refused_at(const std::string& where, const std::string& why) {
  return make_error(ec::invalid_argument, where + ": " + why);
}

caf::error refused_at(const std::string& where, const caf::error& why) {
  return refused_at(where, describe(why));
}

/// Whether a sandbox has something of its own where `path` is: nothing can be
/// mounted below that.
bool is_the_sandboxes(const std::string& path) {
  constexpr std::array places{
    "/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/",   "/lib64/", "/libx32/",
    "/etc/", "/dev/", "/proc/", "/tmp/", "/var/tmp/", "/dst/"};
  return std::any_of(places.begin(), places.end(), [&](const char* place) {
    return (path + "/").starts_with(place);
  });
}

/// One walk over the tree, depth first; stops at the first thing it dislikes.
class walk {
public:
  walk(const std::string& owner, const bucket_scheme& names,
       bool allow_file_urls, initializer_parts& out)
    : owner_(owner), names_(names), allow_file_urls_(allow_file_urls),
      out_(out) {}

  result<void> visit(WorkspaceInitializer& node, const std::string& path,
                     int depth) {
    if (depth > max_depth || ++nodes_ > max_nodes)
      return refused_at("initializer",
                        "more than " + std::to_string(max_depth) + " levels or "
                          + std::to_string(max_nodes) + " parts");
    switch (node.spec_case()) {
      case WorkspaceInitializer::SPEC_NOT_SET:
        if (!node.GetReflection()->GetUnknownFields(node).empty())
          return refused_at(path, "a kind of initializer that is unknown here");
        return {};
      case WorkspaceInitializer::kEmpty: return {};
      case WorkspaceInitializer::kGit:
        return visit(*node.mutable_git(), path + ".git");
      case WorkspaceInitializer::kSnapshot:
        return visit(node.snapshot(), path + ".snapshot", false);
      case WorkspaceInitializer::kPrebuild:
        return visit(*node.mutable_prebuild(), path + ".prebuild");
      case WorkspaceInitializer::kComposite:
        return visit(*node.mutable_composite(), path + ".composite", depth);
      case WorkspaceInitializer::kDownload:
        return visit(node.download(), path + ".download");
      case WorkspaceInitializer::kBackup:
        return add_checkout(node.backup().checkout_location(),
                            path + ".backup");
    }
    return {};
  }

private:
  result<void> visit(contentservice::GitInitializer& git,
                     const std::string& path) {
    if (auto fine = add_remote(git.remote_uri(), path + ".remote_uri"); !fine)
      return fine;
    if (const auto& upstream = git.upstream_remote_uri(); !upstream.empty())
      if (auto fine = add_remote(upstream, path + ".upstream_Remote_uri");
          !fine)
        return fine;
    if (auto target = check_target(git, path); !target)
      return target;
    if (auto config = check_config(git.config(), path); !config)
      return config;
    take_password(*git.mutable_config(), path);
    note_repository(git);
    return add_checkout(git.checkout_location(), path);
  }

  result<void> add_remote(const std::string& text, const std::string& path) {
    auto url = parse_git_url(text, allow_file_urls_);
    if (!url)
      return refused_at(path, url.error());
    if (url->scheme != "file")
      return {};
    auto directory = url->path;
    while (directory.size() > 1 && directory.ends_with('/'))
      directory.pop_back();
    // It is mounted by this name, and git would decode what is encoded.
    if (!is_inner_path(directory.substr(1))
        || directory.find_first_of("%:") != directory.npos)
      return refused_at(path, "a file URL needs a plain path of this node");
    if (is_the_sandboxes(directory))
      return refused_at(path, "what lies there cannot be shown to a sandbox");
    // Each once, as each is mounted.
    auto& known = out_.local_repositories;
    if (std::find(known.begin(), known.end(), directory) == known.end())
      known.push_back(std::move(directory));
    return {};
  }

  static result<void> check_target(const contentservice::GitInitializer& git,
                                   const std::string& path) {
    if (!contentservice::CloneTargetMode_IsValid(git.target_mode()))
      return refused_at(path + ".target_mode", "unknown");
    if (git.target_mode() == contentservice::REMOTE_HEAD)
      return {};
    if (!is_ref_name(git.clone_taget()) && !is_object_id(git.clone_taget()))
      return refused_at(path + ".clone_taget",
                        "no name of a branch, tag or commit");
    return {};
  }

  static result<void> check_config(const contentservice::GitConfig& config,
                                   const std::string& path) {
    for (const auto& [key, value] : config.custom_config())
      if (auto fine = check_git_config(key, value); !fine)
        return refused_at(path + ".config.custom_config", fine.error());
    if (!contentservice::GitAuthMethod_IsValid(config.authentication()))
      return refused_at(path + ".config.authentication", "unknown");
    if (!is_line(config.auth_user(), 1024)
        || !is_line(config.auth_password(), 16384))
      return refused_at(path + ".config", "control characters in credentials");
    if (!config.auth_ots().empty() && !is_web_url(config.auth_ots()))
      return refused_at(path + ".config.auth_ots", "no http or https URL");
    return {};
  }

  void take_password(contentservice::GitConfig& config,
                     const std::string& path) {
    if (config.auth_password().empty())
      return;
    out_.secrets[path] = std::move(*config.mutable_auth_password());
    config.set_auth_password(extracted + path);
  }

  static bool is_partial(const contentservice::GitConfig& config) {
    return std::any_of(
      config.custom_config().begin(), config.custom_config().end(),
      [](const auto& entry) { return is_clone_filter_key(entry.first); });
  }

  /// What can be fetched once more, and as a whole: not with credentials that
  /// are told once.
  void note_repository(const contentservice::GitInitializer& git) {
    const auto& config = git.config();
    auto is_on_network = git.remote_uri().starts_with("http");
    if (!is_on_network || is_partial(config)
        || config.authentication() == contentservice::BASIC_AUTH_OTS)
      return;
    auto found = cloned_repository{git.remote_uri(), "", ""};
    if (config.authentication() == contentservice::BASIC_AUTH) {
      found.user = config.auth_user();
      if (config.auth_password().starts_with(extracted))
        found.secret
          = config.auth_password().substr(std::string_view{extracted}.size());
    }
    out_.repositories.push_back(std::move(found));
  }

  /// `shared`: of a prebuild, which may be another user's.
  result<void> visit(const contentservice::SnapshotInitializer& snapshot,
                     const std::string& path, bool shared) {
    if (snapshot.from_volume_snapshot())
      return refused_at(path, "volume snapshots are not supported");
    auto name = names_.parse(snapshot.snapshot());
    if (!name)
      return refused_at(path + ".snapshot", name.error());
    // What somebody made to be shared; backups are not.
    auto may_be_shared = shared && is_snapshot_file(name->file);
    if (name->of.owner != owner_ && !may_be_shared)
      return make_error(ec::permission_denied,
                        path + ".snapshot: belongs to another owner");
    (shared ? out_.prebuilds : out_.snapshots).push_back(snapshot.snapshot());
    return {};
  }

  result<void> visit(contentservice::PrebuildInitializer& prebuild,
                     const std::string& path) {
    if (prebuild.has_prebuild())
      if (auto fine = visit(prebuild.prebuild(), path + ".prebuild", true);
          !fine)
        return fine;
    nodes_ += prebuild.git_size();
    if (nodes_ > max_nodes)
      return refused_at(path, "too many repositories");
    for (auto i = 0; i < prebuild.git_size(); ++i) {
      auto fine = visit(*prebuild.mutable_git(i),
                        path + "." + std::to_string(i) + ".git");
      if (!fine)
        return fine;
    }
    return {};
  }

  result<void> visit(contentservice::CompositeInitializer& composite,
                     const std::string& path, int depth) {
    for (auto i = 0; i < composite.initializer_size(); ++i) {
      auto fine = visit(*composite.mutable_initializer(i),
                        path + "." + std::to_string(i), depth + 1);
      if (!fine)
        return fine;
    }
    return {};
  }

  static result<void>
  visit(const contentservice::FileDownloadInitializer& download,
        const std::string& path) {
    auto target = content_location(download.target_location());
    if (!target)
      return refused_at(path + ".target_location", target.error());
    auto files = std::set<std::string>{};
    if (download.files_size() > max_files)
      return refused_at(path,
                        "more than " + std::to_string(max_files) + " files");
    for (const auto& file : download.files()) {
      auto below = (target->empty() ? "" : *target + "/") + file.file_path();
      if (!is_inner_path(file.file_path()) || !is_inner_path(below))
        return refused_at(path + ".file_path",
                          "not a path below the workspace");
      if (!files.insert(std::move(below)).second)
        return refused_at(path + ".file_path", "there twice");
      if (auto digest = parse_digest(file.digest()); !digest)
        return refused_at(path + ".digest", digest.error());
      if (!is_web_url(file.url()))
        return refused_at(path + ".url", "no http or https URL");
    }
    return {};
  }

  result<void> add_checkout(const std::string& location,
                            const std::string& path) {
    auto below = checkout_location(location);
    if (!below)
      return refused_at(path + ".checkout_location", below.error());
    out_.checkout_locations.push_back(std::move(*below));
    return {};
  }

  static bool is_web_url(const std::string& url) {
    return is_line(url, max_url)
           && (url.starts_with("https://") || url.starts_with("http://"));
  }

  const std::string& owner_;
  const bucket_scheme& names_;
  bool allow_file_urls_;
  initializer_parts& out_;
  int nodes_ = 0;
};

} // namespace

result<void> require_git_configs(const WorkspaceInitializer& initializer) {
  auto missing
    = make_error(ec::invalid_argument, "git initializer without a config");
  if (initializer.has_git() && !initializer.git().has_config())
    return missing;
  for (const auto& git : initializer.prebuild().git())
    if (!git.has_config())
      return missing;
  // Depth is bounded: the parser refuses messages nested deeper than 100.
  for (const auto& child : initializer.composite().initializer())
    if (auto fine = require_git_configs(child); !fine)
      return fine;
  return {};
}

result<initializer_parts> take_apart(WorkspaceInitializer initializer,
                                     const std::string& owner,
                                     const bucket_scheme& names,
                                     bool allow_file_urls) {
  auto parts = initializer_parts{};
  auto walked = walk{owner, names, allow_file_urls, parts}.visit(
    initializer, "initializer", 1);
  if (!walked)
    return walked.error();
  parts.is_empty
    = initializer.has_empty()
      || initializer.spec_case() == WorkspaceInitializer::SPEC_NOT_SET;
  if (!serialize(initializer, parts.bytes))
    return make_error(ec::invalid_argument, "initializer: not serializable");
  return parts;
}

} // namespace berth::gateway
