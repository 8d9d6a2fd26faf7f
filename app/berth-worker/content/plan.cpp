#include "app/berth-worker/content/plan.hpp"

#include "core/content/git_names.hpp"
#include "core/content/paths.hpp"
#include "core/content/snapshot_name.hpp"

#include <content-service-api/initializer.pb.h>

#include <algorithm>

namespace berth::worker {

namespace {

namespace proto = contentservice;

constexpr size_t most_depth = 8;
constexpr size_t most_nodes = 32;
constexpr int most_files = 1000;
constexpr std::string_view secret_prefix = "extracted-secret/";

caf::error refused(std::string why) {
  return make_error(ec::invalid_argument, std::move(why));
}

std::string trimmed(const std::string& text) {
  constexpr auto blanks = " \t\r\n";
  auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// git's credential protocol is made of lines.
bool is_one_line(const std::string& text) {
  return text.find_first_of(std::string_view{"\n\r\0", 3}) == text.npos;
}

class planner {
public:
  explicit planner(const initialize_job& job) : job_(job) {}

  result<plan> make(const proto::WorkspaceInitializer&, const std::string& path,
                    size_t depth);

private:
  result<git_plan> make_git(const proto::GitInitializer&,
                            const std::string& path);
  result<void> add_auth(const proto::GitConfig&, const std::string& path,
                        git_plan&);
  result<void> add_target(const proto::GitInitializer&, git_plan&);
  result<snapshot_plan> make_snapshot(const proto::SnapshotInitializer&);
  result<prebuild_plan> make_prebuild(const proto::PrebuildInitializer&,
                                      const std::string& path);
  result<composite_plan> make_composite(const proto::CompositeInitializer&,
                                        const std::string& path, size_t depth);
  result<download_plan> make_download(const proto::FileDownloadInitializer&);

  const initialize_job& job_;
  size_t nodes_ = 0;
};

template <class T>
result<plan> wrap(result<T> made) {
  if (!made)
    return made.error();
  return plan{std::move(*made)};
}

result<plan> planner::make(const proto::WorkspaceInitializer& from,
                           const std::string& path, size_t depth) {
  if (depth > most_depth || ++nodes_ > most_nodes)
    return refused("the initializer is too large");
  using kind = proto::WorkspaceInitializer;
  switch (from.spec_case()) {
    case kind::kGit: return wrap(make_git(from.git(), path + ".git"));
    case kind::kSnapshot: return wrap(make_snapshot(from.snapshot()));
    case kind::kPrebuild:
      return wrap(make_prebuild(from.prebuild(), path + ".prebuild"));
    case kind::kComposite:
      return wrap(make_composite(from.composite(), path + ".composite", depth));
    case kind::kDownload: return wrap(make_download(from.download()));
    case kind::kBackup:
      return plan{backup_plan{from.backup().from_volume_snapshot()}};
    case kind::kEmpty: return plan{empty_plan{}};
    case kind::SPEC_NOT_SET: break;
  }
  auto& unknown = from.GetReflection()->GetUnknownFields(from);
  if (!unknown.empty())
    return refused("the initializer is of a kind this node does not know");
  return plan{empty_plan{}};
}

result<git_plan> planner::make_git(const proto::GitInitializer& from,
                                   const std::string& path) {
  auto out = git_plan{};
  out.remote = from.remote_uri();
  auto url = parse_git_url(out.remote, job_.allow_file_urls);
  if (!url)
    return url.error();
  out.url = std::move(*url);
  out.upstream = from.upstream_remote_uri();
  if (!out.upstream.empty()) {
    auto upstream = parse_git_url(out.upstream, job_.allow_file_urls);
    if (!upstream)
      return upstream.error();
    out.upstream_url = std::move(*upstream);
  }
  auto location = checkout_location(from.checkout_location());
  if (!location)
    return location.error();
  out.location = std::move(*location);
  out.full = from.full_clone();
  out.needs_history = !job_.without_history;
  if (!from.has_config())
    return refused("git initializer without a config");
  if (auto ok = add_auth(from.config(), path, out); !ok)
    return ok.error();
  for (const auto& [key, value] : from.config().custom_config()) {
    auto name = trimmed(key);
    auto text = trimmed(value);
    if (auto ok = check_git_config(name, text); !ok)
      return ok.error();
    if (is_clone_filter_key(name))
      out.filter = text;
    else
      out.config[name] = text;
  }
  // Whoever wants less of the files wants all of the history.
  out.full = out.full || !out.filter.empty();
  if (auto ok = add_target(from, out); !ok)
    return ok.error();
  return out;
}

result<void> planner::add_auth(const proto::GitConfig& from,
                               const std::string& path, git_plan& out) {
  switch (from.authentication()) {
    case proto::NO_AUTH: return {};
    case proto::BASIC_AUTH_OTS:
      out.auth = git_auth::one_time;
      out.one_time_url = from.auth_ots();
      return {};
    case proto::BASIC_AUTH: break;
    default: return refused("git initializer: unknown authentication");
  }
  out.auth = git_auth::basic;
  out.user = from.auth_user();
  out.password = from.auth_password();
  if (out.password.starts_with(secret_prefix)) {
    auto secret = job_.secrets.find(out.password.substr(secret_prefix.size()));
    if (secret == job_.secrets.end())
      secret = job_.secrets.find(path);
    if (secret == job_.secrets.end())
      return make_error(ec::failed_precondition,
                        "the password of " + path + " is not known any more");
    out.password = secret->second;
  }
  if (!is_one_line(out.user) || !is_one_line(out.password))
    return refused("git initializer: user or password has a line break");
  return {};
}

result<void> planner::add_target(const proto::GitInitializer& from,
                                 git_plan& out) {
  switch (from.target_mode()) {
    // Whatever clients leave in the target then.
    case proto::REMOTE_HEAD: out.mode = target_mode::remote_head; return {};
    case proto::REMOTE_COMMIT: out.mode = target_mode::remote_commit; break;
    case proto::REMOTE_BRANCH: out.mode = target_mode::remote_branch; break;
    case proto::LOCAL_BRANCH: out.mode = target_mode::local_branch; break;
    default: return refused("git initializer: unknown target mode");
  }
  out.target = from.clone_taget();
  if (out.target.empty())
    return refused("git initializer: this target mode needs a clone target");
  if (!is_ref_name(out.target))
    return refused("git initializer: the clone target is no name git knows");
  return {};
}

result<snapshot_plan>
planner::make_snapshot(const proto::SnapshotInitializer& from) {
  if (from.from_volume_snapshot())
    return snapshot_plan{};
  auto name = parse_qualified_name(from.snapshot());
  if (!name)
    return name.error();
  return snapshot_plan{name->text()};
}

result<prebuild_plan>
planner::make_prebuild(const proto::PrebuildInitializer& from,
                       const std::string& path) {
  auto out = prebuild_plan{};
  if (from.has_prebuild()) {
    auto snapshot = make_snapshot(from.prebuild());
    if (!snapshot)
      return snapshot.error();
    out.snapshot = std::move(*snapshot);
  }
  for (int i = 0; i < from.git_size(); ++i) {
    if (++nodes_ > most_nodes)
      return refused("the initializer is too large");
    auto git = make_git(from.git(i), path + "." + std::to_string(i) + ".git");
    if (!git)
      return git.error();
    out.repositories.push_back(std::move(*git));
  }
  return out;
}

result<composite_plan>
planner::make_composite(const proto::CompositeInitializer& from,
                        const std::string& path, size_t depth) {
  auto out = composite_plan{};
  for (int i = 0; i < from.initializer_size(); ++i) {
    auto step
      = make(from.initializer(i), path + "." + std::to_string(i), depth + 1);
    if (!step)
      return step.error();
    out.steps.push_back(std::move(*step));
  }
  return out;
}

result<download_plan>
planner::make_download(const proto::FileDownloadInitializer& from) {
  if (from.files_size() > most_files)
    return refused("download: too many files");
  auto target = content_location(from.target_location());
  if (!target)
    return target.error();
  auto out = download_plan{};
  for (const auto& file : from.files()) {
    auto digest = parse_digest(file.digest());
    if (!digest)
      return digest.error();
    auto path
      = target->empty() ? file.file_path() : *target + "/" + file.file_path();
    auto twice
      = std::any_of(out.files.begin(), out.files.end(),
                    [&](const auto& other) { return other.path == path; });
    if (!is_inner_path(path) || twice)
      return refused(
        "download: a file path is not below /workspace, or there twice");
    out.files.push_back({file.url(), std::move(path), std::move(*digest)});
  }
  return out;
}

} // namespace

result<plan> make_plan(const initialize_job& job) {
  auto root = proto::WorkspaceInitializer{};
  if (!root.ParseFromString(job.initializer))
    return refused("the initializer cannot be read");
  return planner{job}.make(root, "initializer", 1);
}

} // namespace berth::worker
