#pragma once

#include "app/berth-worker/child.hpp"
#include "app/berth-worker/network_policy.hpp"
#include "core/content/git_url.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

struct git_credentials {
  std::string user;
  std::string password;
};

/// What a command may use to reach one remote.
struct git_remote {
  std::string text; ///< as it was asked for, and parsed
  git_url url;
  std::optional<git_credentials> credentials; ///< for this origin only
  std::vector<std::string> pins; ///< host:port:address entries; empty: any
};

/// Checks where `url` leads before git goes there.
result<git_remote> reach(const std::string& text, const git_url& url,
                         std::optional<git_credentials>, const network_policy&);

struct git_call {
  int directory = -1;
  std::vector<std::string> args;
  const git_remote* remote = nullptr; ///< null: it stays on this disk
  std::function<void(std::string_view)> on_line = {}; ///< of its stdout
  /// The repository is `.git` in the directory; else git looks for one, there
  /// and above, as it does for people.
  bool is_pinned = false;
};

/// What git-config(1) printed about a file, and what it made of it.
struct edited_config {
  std::string out;
  std::string text;
};

/// git(1), so that nothing in a repository, in its server's answers or in
/// anybody's configuration names a program for it to run. It runs as the
/// content's user, in a home of its own that goes away with this object.
class git_program {
public:
  static result<std::unique_ptr<git_program>> make(identity as,
                                                   bool allow_file_urls);
  git_program(const git_program&) = delete;
  git_program& operator=(const git_program&) = delete;
  ~git_program();

  /// However it ended.
  result<child_end> call(const git_call&) const;

  /// Its stdout without the last newline; an error unless it exits with 0.
  result<std::string> run(const git_call&) const;

  /// git-config(1) with a file of this text, far from any repository.
  result<edited_config> edit_config(const std::string& text,
                                    std::vector<std::string> args) const;

  identity user() const { return as_; }

private:
  git_program(identity as, bool allow_file_urls, std::string home);
  std::vector<std::string> config(const git_call&) const;
  std::vector<std::string> environment(const git_call&) const;

  identity as_;
  bool allow_file_urls_;
  std::string home_;
};

} // namespace berth::worker
