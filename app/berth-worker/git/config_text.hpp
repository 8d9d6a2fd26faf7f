#pragma once

#include "app/berth-worker/git/program.hpp"

#include <string>
#include <vector>

/// A git configuration that nobody vouches for: read and written without git
/// acting upon it.
namespace berth::worker {

struct config_entry {
  std::string key; ///< as git-config(1) prints it: "branch.main.remote"
  std::string value;

  bool operator==(const config_entry&) const = default;
};

/// The entries of a file with this text, in order; includes are not followed.
result<std::vector<config_entry>> config_entries(const git_program&,
                                                 const std::string& text);

/// Whether it says how a repository is stored and what its branches follow: no
/// program, no address, no other file.
bool is_harmless(const config_entry&);

/// As a file.
std::string to_config_text(const std::vector<config_entry>&);

/// `text` with these entries instead of what it had under their keys.
result<std::string> with_entries(const git_program&, const std::string& text,
                                 const std::vector<config_entry>&);

} // namespace berth::worker
