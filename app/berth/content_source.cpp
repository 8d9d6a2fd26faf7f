#include "app/berth/content_source.hpp"

#include "app/berth/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace berth::cli {

namespace {

/// As git itself calls it in the configuration of a clone.
constexpr auto clone_filter_key = "remote.origin.partialclonefilter";

bool is_commit(std::string_view ref) {
  return ref.size() == 40 && std::ranges::all_of(ref, [](unsigned char c) {
           return std::isxdigit(c) != 0;
         });
}

void set_git(const arguments& given, const std::string& source,
             const std::string& password, content_source& into) {
  auto hash = source.find('#');
  auto url = source.substr(0, hash);
  auto ref = hash == source.npos ? std::string{} : source.substr(hash + 1);
  if (url.starts_with('/'))
    url.insert(0, "file://");
  auto& git = *into.initializer.mutable_git();
  git.set_remote_uri(url);
  git.set_clone_taget(ref);
  git.set_target_mode(ref.empty()      ? contentservice::REMOTE_HEAD
                      : is_commit(ref) ? contentservice::REMOTE_COMMIT
                                       : contentservice::REMOTE_BRANCH);
  git.set_checkout_location(repository_name(url));
  into.checkout_location = git.checkout_location();
  git.set_full_clone(given.has("full-clone"));
  auto& config = *git.mutable_config();
  if (auto filter = given.value("git-filter"))
    (*config.mutable_custom_config())[clone_filter_key] = *filter;
  config.set_authentication(contentservice::NO_AUTH);
  if (auto user = given.value("git-user")) {
    config.set_authentication(contentservice::BASIC_AUTH);
    config.set_auth_user(*user);
    config.set_auth_password(password);
  }
}

/// Fills in where the content comes from.
caf::error set_initializer(const arguments& given, const std::string& password,
                           content_source& into) {
  static constexpr std::array sources = {"git", "snapshot", "backup", "empty"};
  if (std::ranges::count_if(sources, [&](auto s) { return given.has(s); }) > 1)
    return refused(
      "--git, --snapshot, --backup and --empty exclude each other");
  for (auto* option : {"git-user", "full-clone", "git-filter"})
    if (given.has(option) && !given.has("git"))
      return refused("--" + std::string{option} + " goes with --git");
  if (auto source = given.value("git")) {
    set_git(given, *source, password, into);
  } else if (auto url = given.value("snapshot")) {
    into.initializer.mutable_snapshot()->set_snapshot(*url);
  } else if (auto whose = given.value("backup")) {
    auto slash = whose->find('/');
    if (slash == whose->npos)
      return refused("--backup " + *whose + ": expected OWNER/META");
    into.owner = whose->substr(0, slash);
    into.meta_id = whose->substr(slash + 1);
    into.initializer.mutable_backup();
  } else {
    into.initializer.mutable_empty();
  }
  return {};
}

} // namespace

result<content_source> read_content_source(const arguments& given,
                                           const std::string& git_password) {
  auto out = content_source{};
  if (auto failed = set_initializer(given, git_password, out))
    return failed;
  if (given.has("backup") && (given.has("owner") || given.has("meta-id")))
    return refused("--backup names owner and meta id already");
  if (out.owner.empty() && out.meta_id.empty()) {
    out.owner = given.value_or("owner", local_owner());
    out.meta_id = given.value_or("meta-id", new_meta_id());
  }
  for (const auto& id : {out.owner, out.meta_id})
    if (auto wrong = refuse_if_no_id(id))
      return wrong;
  return out;
}

std::string git_password() {
  const char* value = std::getenv("BERTH_GIT_PASSWORD");
  return value ? value : "";
}

std::string repository_name(std::string_view url) {
  while (url.ends_with('/'))
    url.remove_suffix(1);
  if (url.ends_with(".git"))
    url.remove_suffix(4);
  while (url.ends_with('/'))
    url.remove_suffix(1);
  auto name = std::string{url.substr(url.find_last_of("/:") + 1)};
  std::erase_if(name, [](unsigned char c) {
    return !std::isalnum(c) && c != '-' && c != '_' && c != '.';
  });
  name.erase(0, name.find_first_not_of(".-"));
  return name.empty() || name.size() > 255 ? "repository" : name;
}

} // namespace berth::cli
