#include "app/berth-worker/git/config_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::worker {

namespace {

constexpr size_t most_listed = 1024 * 1024; ///< what of its output is kept

constexpr std::array harmless_keys{
  "core.repositoryformatversion",
  "core.filemode",
  "core.symlinks",
  "core.ignorecase",
  "core.precomposeunicode",
  "core.autocrlf",
  "core.eol",
  "core.logallrefupdates",
  "core.sparsecheckout",
  "core.sparsecheckoutcone",
  "extensions.objectformat",
  "remote.origin.fetch",
  "remote.origin.promisor",
  "remote.origin.partialclonefilter",
};

constexpr std::array harmless_of_branches{".remote", ".merge", ".rebase"};

/// "a.b c.d" as "a", "b c" and "d"; the middle is empty for "a.d".
struct split_key {
  std::string_view section, subsection, name;
};

split_key parts_of(std::string_view key) {
  auto first = key.find('.');
  auto last = key.rfind('.');
  return {key.substr(0, first),
          first == last ? std::string_view{}
                        : key.substr(first + 1, last - first - 1),
          key.substr(last + 1)};
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (auto c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  out += '"';
}

} // namespace

result<std::vector<config_entry>> config_entries(const git_program& git,
                                                 const std::string& text) {
  auto out = std::vector<config_entry>{};
  if (text.empty())
    return out;
  auto listed = git.edit_config(text, {"--list", "--null", "--no-includes"});
  if (!listed)
    return listed.error();
  auto rest = std::string_view{listed->out};
  if (rest.size() >= most_listed)
    return make_error(ec::exhausted, "the repository's configuration is huge");
  while (!rest.empty()) {
    auto entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    auto end = std::min(entry.find('\n'), entry.size());
    // A key alone is a switch that is on.
    auto value = end == entry.size() ? "true" : entry.substr(end + 1);
    out.push_back({std::string{entry.substr(0, end)}, std::string{value}});
  }
  return out;
}

bool is_harmless(const config_entry& entry) {
  if (std::ranges::find(harmless_keys, entry.key) != harmless_keys.end())
    return true;
  if (entry.key == "extensions.partialclone")
    return entry.value == "origin";
  return entry.key.starts_with("branch.")
         && std::ranges::any_of(harmless_of_branches, [&](auto* name) {
              return entry.key.ends_with(name);
            });
}

std::string to_config_text(const std::vector<config_entry>& entries) {
  auto out = std::string{};
  for (const auto& [key, value] : entries) {
    auto parts = parts_of(key);
    out.append("[").append(parts.section);
    if (!parts.subsection.empty()) {
      out += ' ';
      append_quoted(out, parts.subsection);
    }
    out.append("]\n\t").append(parts.name).append(" = ");
    append_quoted(out, value);
    out += '\n';
  }
  return out;
}

result<std::string> with_entries(const git_program& git,
                                 const std::string& text,
                                 const std::vector<config_entry>& entries) {
  auto out = text;
  for (const auto& [key, value] : entries) {
    auto edited = git.edit_config(out, {"--replace-all", key, value});
    if (!edited)
      return edited.error();
    out = std::move(edited->text);
  }
  return out;
}

} // namespace berth::worker
