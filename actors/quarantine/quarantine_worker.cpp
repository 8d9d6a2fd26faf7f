#include "actors/quarantine/quarantine_worker.hpp"

#include "actors/one_job.hpp"
#include "core/log.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"
#include "sys/tree_size.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr auto note_name = "why.json";
constexpr auto content_name = "content";
constexpr auto longest_note = size_t{64} * 1024;
constexpr std::string_view leaving_prefix = ".trash-";

caf::error no_entry(const std::string& name) {
  return make_error(ec::not_found, "the quarantine has no " + name);
}

/// Which instance and when, if nothing else is known.
quarantine_note note_of(const std::string& name) {
  auto dash = name.rfind('-');
  auto note = quarantine_note{};
  note.instance = name.substr(0, dash);
  note.since_ns = std::strtoll(name.c_str() + dash + 1, nullptr, 10);
  note.why = "its note is missing";
  return note;
}

result<quarantined_content> read_entry(const fs::path& directory,
                                       const std::string& name) {
  if (!is_quarantine_name(name))
    return make_error(ec::invalid_argument, "no name of a quarantined content");
  auto content = sys::open_directory(directory / name / content_name);
  if (!content && is_errno(content.error(), ENOENT))
    return no_entry(name);
  if (!content)
    return content.error();
  auto found = quarantined_content{name, note_of(name)};
  auto text = sys::read_file(directory / name / note_name, longest_note);
  auto note
    = text ? note_from_json(*text) : result<quarantine_note>{text.error()};
  if (!note) {
    log_warning("quarantine-note-unreadable", name, describe(note.error()));
    return found;
  }
  auto instance = found.note.instance;
  auto since = found.note.since_ns;
  found.note = std::move(*note);
  // The name is the truth, and older notes lack both.
  found.note.instance = std::move(instance);
  found.note.since_ns = since;
  return found;
}

result<quarantine_listing> list_entries(const fs::path& directory,
                                        bool measured) {
  auto out = quarantine_listing{};
  auto err = std::error_code{};
  for (const auto& each : fs::directory_iterator{directory, err}) {
    auto name = each.path().filename().native();
    if (!is_quarantine_name(name))
      continue;
    auto entry = read_entry(directory, name);
    if (!entry)
      continue; // no content in it: nothing to decide on
    if (measured)
      if (auto size = sys::measure_tree(each.path() / content_name)) {
        entry->bytes = size->bytes;
        entry->files = size->files;
      }
    out.contents.push_back(std::move(*entry));
  }
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "list", directory.native());
  std::ranges::sort(out.contents, {},
                    [](const auto& it) { return it.note.since_ns; });
  return out;
}

result<void> write_restored(const fs::path& directory,
                            const note_restored& what) {
  auto entry = read_entry(directory, what.name);
  if (!entry)
    return entry.error();
  entry->note.backup = what.backup;
  entry->note.restored_ns = what.at_ns;
  return sys::replace_file(directory / what.name / note_name,
                           to_json(entry->note), 0600);
}

/// Out of its name first: half a content must never pass for a whole one.
result<void> delete_one(const fs::path& directory, const std::string& name) {
  auto entry = read_entry(directory, name);
  if (!entry)
    return entry.error();
  auto leaving = directory / (std::string{leaving_prefix} + name);
  if (auto moved = sys::move(directory / name, leaving); !moved)
    return moved;
  return sys::remove_tree(leaving);
}

result<void> delete_leaving(const fs::path& directory) {
  auto outcome = result<void>{};
  auto err = std::error_code{};
  for (const auto& each : fs::directory_iterator{directory, err})
    if (each.path().filename().native().starts_with(leaving_prefix))
      if (auto removed = sys::remove_tree(each.path()); !removed)
        outcome = removed;
  return outcome;
}

} // namespace

quarantine_hand::behavior_type quarantine_worker(quarantine_hand::pointer self,
                                                 fs::path directory) {
  return {
    [=](const look_through& what) {
      return one_job(self,
                     [&] { return list_entries(directory, what.measured); });
    },
    [=](const look_up& what) {
      return one_job(self, [&] { return read_entry(directory, what.name); });
    },
    [=](const note_restored& what) {
      return one_job(self, [&] { return write_restored(directory, what); });
    },
    [=](const delete_entry& what) {
      return one_job(self, [&] { return delete_one(directory, what.name); });
    },
    [=](finish_deletions) {
      return one_job(self, [&] { return delete_leaving(directory); });
    },
  };
}

} // namespace berth
