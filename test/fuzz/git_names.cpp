#include "core/content/git_names.hpp"

#include "test/fuzz/targets.hpp"

#include <git2.h>

#include <algorithm>
#include <string>

namespace berth::fuzz {

namespace {

bool is_gits_ref(const std::string& name) {
  auto valid = 0;
  return git_reference_name_is_valid(&valid, name.c_str()) == 0 && valid == 1;
}

/// Those that could name a program, a file or a host all begin so.
bool may_be_set(std::string_view key) {
  constexpr std::string_view sections[] = {
    "user.",  "core.autocrlf", "core.eol", "core.ignorecase", "pull.", "push.",
    "fetch.", "http.version",  "rebase.",  "merge.",          "init.",
  };
  return std::any_of(std::begin(sections), std::end(sections), [&](auto it) {
    return std::equal(it.begin(), it.end(), key.begin(),
                      key.begin()
                        + static_cast<long>(std::min(it.size(), key.size())),
                      [](unsigned char a, unsigned char b) {
                        return std::tolower(a) == std::tolower(b);
                      });
  });
}

void try_git_name(std::string_view input) {
  auto name = std::string{input};
  if (is_ref_name(name)) {
    require(name.front() != '-', "a ref is no option");
    require(name.find('\0') == name.npos && is_gits_ref("refs/heads/" + name),
            "git takes for a ref what we do");
  }
  if (is_object_id(name))
    require(is_ref_name(name), "an object id can stand where a ref can");
  auto [key, value] = split(input, "=");
  if (check_git_config(key, value)) {
    require(may_be_set(key), "only harmless keys are set");
    require(value.find_first_of(std::string_view{"\n\r\0", 3}) == value.npos,
            "a value is one line");
  }
}

void start_libgit2() {
  git_libgit2_init();
}

} // namespace

const target git_names{"git_names", try_git_name, start_libgit2};

} // namespace berth::fuzz
