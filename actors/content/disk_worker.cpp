#include "actors/content/disk_worker.hpp"

#include "actors/content/archive_files_worker.hpp"
#include "actors/content/content_root_worker.hpp"
#include "actors/content/deps.hpp"
#include "actors/content/piece_files_worker.hpp"
#include "actors/content/ready_file.hpp"
#include "actors/content/task_log_worker.hpp"
#include "core/content/paths.hpp"
#include "core/log.hpp"
#include "model/ids.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t ready_limit = 64 * 1024;

/// At most `limit` bytes of a regular file of a workspace.
result<std::string> read_within(const sys::fd& root, const char* name,
                                size_t limit) {
  auto file = sys::open_beneath(root.get(), name, O_RDONLY);
  if (!file)
    return file.error();
  struct stat st = {};
  if (::fstat(file->get(), &st) < 0 || !S_ISREG(st.st_mode))
    return make_error(ec::failed_precondition, "not a regular file");
  auto text = std::string(limit, '\0');
  auto got = ::read(file->get(), text.data(), text.size());
  if (got < 0)
    return errno_error(errno, "read", name);
  text.resize(static_cast<size_t>(got));
  return text;
}

result<found_content> find(const find_content& what) {
  auto root = sys::open_directory(what.directory);
  if (!root && is_errno(root.error(), ENOENT))
    return found_content{};
  if (!root)
    return root.error();
  auto found = found_content{true, std::nullopt};
  if (auto text = read_within(*root, ".gitpod/ready", ready_limit))
    found.ready = parse_ready_file(*text);
  if (found.ready)
    found.ready->directory = what.directory;
  return found;
}

opened_source shared(opened_object object) {
  auto out = opened_source{};
  out.file = std::make_shared<const sys::fd>(std::move(object.content));
  out.bytes = object.info.bytes;
  out.sha256 = object.info.sha256;
  out.name = object.info.file;
  for (size_t i = 0; i < object.parts.size(); ++i)
    out.parts.emplace_back(
      std::make_shared<const sys::fd>(std::move(object.parts[i])),
      object.info.needs[i].bytes);
  return out;
}

result<opened_source> open_archive(const object_storage& storage,
                                   const std::string& qualified) {
  auto name = storage.scheme().parse(qualified);
  if (!name)
    return name.error();
  auto opened = storage.open(*name);
  if (!opened && code_of(opened.error()) == ec::not_found)
    return make_error(ec::not_found, "cannot find snapshot " + qualified);
  if (!opened)
    return opened.error();
  return shared(std::move(*opened));
}

/// Whether `path` can stand in an argument of berth-ns and means what it says.
bool is_plain_path(const std::string& path) {
  return path.starts_with('/') && is_inner_path(path.substr(1))
         && path.find(':') == std::string::npos;
}

result<void> open_stored(const object_storage& storage,
                         const open_archives& what, opened_archives& out) {
  for (const auto& name : what.wanted) {
    auto opened = open_archive(storage, name);
    if (!opened)
      return opened.error();
    out.archives[name] = std::move(*opened);
  }
  for (const auto& name : what.optional)
    if (auto opened = open_archive(storage, name))
      out.archives[name] = std::move(*opened);
  return {};
}

void find_local(const open_archives& what, opened_archives& out) {
  for (const auto& path : what.local)
    if (is_plain_path(path) && sys::open_directory(path))
      out.local.push_back(path);
}

result<opened_archives> open_named(const object_storage& storage,
                                   const open_archives& what) {
  auto out = opened_archives{};
  if (auto opened = open_stored(storage, what, out); !opened)
    return opened.error();
  find_local(what, out);
  return out;
}

/// Nothing if there is none.
result<std::optional<opened_source>>
open_last_backup(const object_storage& storage, const content_id& whose) {
  auto backup = storage.open_backup({whose.owner, whose.meta_id});
  if (backup)
    return std::optional{shared(std::move(*backup))};
  if (code_of(backup.error()) == ec::not_found)
    return std::optional<opened_source>{};
  return backup.error();
}

/// A backup wins over the initializer, whose archives are then not looked at.
result<content_sources> open_all(const object_storage& storage,
                                 const open_sources& what) {
  auto out = content_sources{};
  if (!what.no_storage) {
    auto backup = open_last_backup(storage, what.id);
    if (!backup)
      return backup.error();
    out.backup = std::move(*backup);
  }
  if (out.backup) {
    // Without it the next backup is a whole one, and that is all.
    if (!what.pieces.empty())
      if (auto index = stage_index(what.pieces, what.id.instance))
        out.new_index = std::move(*index);
    return out;
  }
  if (!what.no_storage)
    if (auto opened = open_stored(storage, what.named, out); !opened)
      return opened.error();
  find_local(what.named, out);
  return out;
}

result<done> move_if_there(const std::string& from, const std::string& to) {
  auto moved = sys::move(from, to);
  if (!moved && !is_errno(moved.error(), ENOENT))
    return moved.error();
  return done{};
}

result<done> quarantine(const set_aside& what) {
  struct stat st = {};
  if (::lstat(what.from.c_str(), &st) < 0 && errno == ENOENT)
    return done{};
  auto note = what.note;
  note.from = what.from;
  note.since_ns = wall_clock_ns();
  auto to = fs::path{what.to + "-" + std::to_string(note.since_ns)};
  if (auto made = sys::make_directories(to, 0700); !made)
    return made.error();
  // A full disk takes no note; out of the way it must go even so.
  if (auto noted = sys::replace_file(to / "why.json", to_json(note), 0600);
      !noted)
    log_error("quarantine-note-not-written", note.instance,
              note.owner + "/" + note.meta_id + ": " + describe(noted.error()));
  return move_if_there(what.from, to / "content");
}

/// The instance a staging or trash directory belongs to.
std::optional<std::string> leftover_of(std::string_view name) {
  for (auto prefix : {staging_prefix, trash_prefix})
    if (name.starts_with(prefix))
      return std::string{name.substr(prefix.size())};
  return std::nullopt;
}

result<content_listing> list(const list_content& what) {
  auto out = content_listing{};
  auto err = std::error_code{};
  auto ignored = std::error_code{};
  for (const auto& entry : fs::directory_iterator{what.directory, err}) {
    auto name = entry.path().filename().native();
    if (auto instance = leftover_of(name); instance && is_valid_id(*instance))
      out.leftovers.push_back(*instance);
    else if (is_valid_id(name)
             && entry.symlink_status(ignored).type()
                  == fs::file_type::directory)
      out.instances.push_back(name);
    else
      log_warning("content-unknown", name,
                  "left in " + what.directory + ": no content of ours");
  }
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "list", what.directory);
  return out;
}

result<done> as_done(result<void> outcome) {
  if (!outcome)
    return outcome.error();
  return done{};
}

} // namespace

disk_actor::behavior_type disk_worker(disk_actor::pointer self,
                                      std::shared_ptr<object_storage> storage) {
  // Each answers and ends the worker.
  auto once = [self](auto outcome) {
    self->quit();
    return outcome;
  };
  return {
    [=](const find_content& what) -> caf::result<found_content> {
      return once(find(what));
    },
    [=](const open_sources& what) -> caf::result<content_sources> {
      return once(open_all(*storage, what));
    },
    [=](const open_archives& what) -> caf::result<opened_archives> {
      return once(open_named(*storage, what));
    },
    [=](const fill_empty& what) -> caf::result<done> {
      return once(fill_root(what));
    },
    [=](const make_content_root& what) -> caf::result<done> {
      return once(make_root(what));
    },
    [=](const weigh_content& what) -> caf::result<content_measured> {
      return once(weigh_root(what));
    },
    [=](const stage_archive& what) -> caf::result<staged_archive> {
      return once(stage(*storage, what));
    },
    [=](const reopen_archive& what) -> caf::result<reopened_archive> {
      return once(reopen(*storage, what));
    },
    [=](const keep_index& what) -> caf::result<done> {
      return once(as_done(keep(what)));
    },
    [=](const settle_archive& what) -> caf::result<done> {
      return once(as_done(storage->staging().settle(*what.object)));
    },
    [=](const settle_view& what) -> caf::result<done> {
      return once(as_done(sys::sync_file_system(what.directory)));
    },
    [=](const publish_archive& what) -> caf::result<published_archive> {
      return once(publish(*storage, what));
    },
    [=](probe_storage) -> caf::result<done> {
      return once(as_done(storage->probe()));
    },
    [=](const store_logs& what) -> caf::result<done> {
      return once(as_done(store_task_logs(*storage, what)));
    },
    [=](const drop_staged& what) -> caf::result<done> {
      return once(as_done(storage->staging().remove(what.name)));
    },
    [=](const take_away& what) -> caf::result<done> {
      return once(move_if_there(what.from, what.to));
    },
    [=](const set_aside& what) -> caf::result<done> {
      return once(quarantine(what));
    },
    [=](const take_place& what) -> caf::result<done> {
      return once(make_root_of(what));
    },
    [=](const list_content& what) -> caf::result<content_listing> {
      return once(list(what));
    },
    [=](const clean_storage& what) -> caf::result<done> {
      return once(as_done(clean(*storage, what)));
    },
  };
}

} // namespace berth
