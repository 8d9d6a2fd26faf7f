#pragma once

#include "app/berth/arguments.hpp"
#include "model/error.hpp"

#include <string>
#include <string_view>

#include "content-service-api/initializer.pb.h"

namespace berth::cli {

/// What a content is made from, and whose it is.
struct content_source {
  contentservice::WorkspaceInitializer initializer;
  std::string owner;
  std::string meta_id;
  std::string checkout_location; ///< of a clone; else empty
};

// The options that say so, which several commands take.
inline constexpr flag git_flag
  = {"git", 0, "URL[#REF]", "clone a repository; REF is a branch or a commit"};
inline constexpr flag git_user_flag
  = {"git-user", 0, "USER",
     "log in to the git host; password from BERTH_GIT_PASSWORD"};
inline constexpr flag full_clone_flag
  = {"full-clone", 0, "", "of a repository: with all of its history"};
inline constexpr flag git_filter_flag
  = {"git-filter", 0, "SPEC",
     "the same, but leave out what git can fetch when it is needed: blob:none, "
     "blob:limit=SIZE or tree:DEPTH"};
inline constexpr flag snapshot_flag
  = {"snapshot", 0, "URL", "from what `berth snapshot` printed"};
inline constexpr flag backup_flag
  = {"backup", 0, "OWNER/META", "from the last backup of a workspace"};
inline constexpr flag empty_flag
  = {"empty", 0, "", "with no files (the default)"};
inline constexpr flag owner_flag
  = {"owner", 0, "OWNER", "whose workspace it is; the local user by default"};
inline constexpr flag meta_id_flag
  = {"meta-id", 0, "META", "name that lives on from start to start"};

/// What these options ask for; names that are not given are made up.
/// `invalid_argument` for options that contradict each other and for values of
/// a wrong form. `git_password` goes with `--git-user`.
result<content_source> read_content_source(const arguments& given,
                                           const std::string& git_password);

/// What goes with `--git-user`.
std::string git_password();

/// The directory a clone of `url` gets, "repository" if it names none.
std::string repository_name(std::string_view url);

} // namespace berth::cli
