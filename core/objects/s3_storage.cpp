#include "core/objects/s3_storage.hpp"

#include "core/log.hpp"
#include "core/objects/backup_index.hpp"
#include "core/objects/s3_catalog.hpp"
#include "core/s3/stream.hpp"
#include "core/s3/upload.hpp"
#include "model/ids.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace berth {

using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

using condition = s3::condition;

constexpr auto probe_time = std::chrono::seconds{3};
constexpr auto sweep_pause = std::chrono::hours{1};
/// Long after any store has told all its machines.
constexpr auto mark_lifetime = std::chrono::days{30};

/// The time in the name of a kept backup.
int64_t trail_time(const std::string& file) {
  return std::strtoll(file.c_str() + std::string_view{"trail-"}.size(), nullptr,
                      10);
}

class s3_storage : public object_storage {
public:
  s3_storage(s3::settings store, std::filesystem::path staging,
             std::filesystem::path marks, uint32_t keep)
    : object_storage(staging_directory{std::move(staging)},
                     bucket_scheme{store.bucket}),
      keep_(keep), marks_(std::move(marks)), client_(std::move(store), stop_),
      sweeper_([this] { sweep_now_and_then(); }) {}

  ~s3_storage() override { stop_.set(); }

  result<std::vector<object_info>>
  generations(const object_owner& of) const override {
    auto list = catalog_.read_list(of, soon());
    if (!list)
      return list.error();
    return std::move(list->kept);
  }

  result<opened_object> open_backup(const object_owner& of) const override {
    auto until = soon();
    auto list = catalog_.read_list(of, until);
    if (!list)
      return list.error();
    if (list->kept.empty())
      return make_error(ec::not_found, "no backup found");
    auto opened
      = open_known({of, list->kept.front().file}, list->kept.front(), until);
    // Who hears that there is none begins with empty content.
    if (!opened && code_of(opened.error()) == ec::not_found)
      return make_error(ec::data_loss, describe(opened.error()));
    return opened;
  }

  result<opened_object> open(const object_name& name) const override {
    if (is_backup_file(name.file))
      return open_backup(name.of);
    if (auto valid = check_object_owner(name.of); !valid)
      return valid.error();
    auto until = soon();
    auto info = catalog_.recorded(name, until);
    if (!info)
      return info.error();
    return open_known(name, *info, until);
  }

  result<object_name> publish_backup(const object_owner& of,
                                     const staged_object& staged,
                                     object_info what) override {
    auto until = late();
    auto list = catalog_.read_list(of, until);
    if (!list)
      return list.error();
    auto& kept = list->kept;
    auto look = [&](const archive_part& need) -> result<void> {
      if (auto there = head_of_part({of, need.file}, need, until); !there)
        return there.error();
      return {};
    };
    if (auto needs = check_needs(kept, what, look); !needs)
      return needs.error();
    auto foreign = adopt_foreign(of, kept, until);
    if (!foreign)
      return foreign.error();
    what.file = trail_file(what.created_ns, !what.needs.empty());
    what.generation = kept.empty() ? 1 : kept.front().generation + 1;
    if (auto stored = store({of, what.file}, staged, what, until); !stored)
      return stored.error();
    kept.insert(kept.begin(), what);
    kept.resize(std::min(kept.size(), size_t{keep_} + 1));
    auto listed
      = bucket_.put(catalog_.list_key(of), to_json(kept), list->was, until);
    if (!listed)
      return listed.error();
    note_newest(of, what);
    show_newest(of, what, *foreign, until);
    prune(of, kept, until);
    drop_staged(staged);
    return object_name{of, std::string{backup_file}};
  }

  result<object_name> publish_snapshot(const object_owner& of,
                                       const staged_object& staged,
                                       object_info what) override {
    if (auto valid = check_object_owner(of); !valid)
      return valid.error();
    what.file = snapshot_file(what.created_ns);
    what.generation = 0;
    auto until = late();
    auto name = object_name{of, what.file};
    auto earlier = catalog_.recorded(name, until);
    if (earlier && earlier->sha256 != what.sha256)
      return make_error(ec::already_exists, scheme().qualified(name));
    if (!earlier && code_of(earlier.error()) != ec::not_found)
      return earlier.error();
    auto stored = result<void>{};
    if (!earlier || !is_whole(name, what, until))
      stored = store(name, staged, what, until);
    if (stored && !earlier)
      stored = bucket_.put(catalog_.manifest_key(name), to_json(what),
                           {condition::kind::absent}, until);
    if (!stored)
      return stored.error();
    drop_staged(staged);
    return name;
  }

  result<void> publish_log(const object_owner& of, const std::string& instance,
                           const std::string& task,
                           const staged_object& staged) override {
    if (auto valid = check_object_owner(of); !valid)
      return valid;
    if (!is_valid_id(instance) || !is_valid_id(task))
      return make_error(ec::invalid_argument, "instance or task id not valid");
    auto length = length_of_staged(staged);
    if (!length)
      return length.error();
    auto stored = uploads_.put(catalog_.key({of, log_file(instance, task)}),
                               staged.reader.get(), *length, later());
    if (stored)
      drop_staged(staged);
    return stored;
  }

  result<void> probe() const override {
    auto seen = bucket_.list("", 1, steady_clock::now() + probe_time);
    if (!seen)
      return seen.error();
    return {};
  }

  void stop() override { stop_.set(); }

private:
  s3::deadline soon() const {
    return steady_clock::now() + client_.told().limits.reading;
  }

  /// For a log: longer, but not so long that the backup behind it suffers.
  s3::deadline later() const {
    return steady_clock::now() + 4 * client_.told().limits.reading;
  }

  s3::deadline late() const {
    return steady_clock::now() + client_.told().limits.writing;
  }

  /// Gives a foreign backup a name of its own, so that the next one does not
  /// take its place. How it was called; empty if there is none.
  result<std::string> adopt_foreign(const object_owner& of,
                                    std::vector<object_info>& kept,
                                    s3::deadline until) {
    if (kept.empty() || is_trail_file(kept.front().file))
      return std::string{};
    auto from = kept.front().file;
    auto suffix = from.substr(std::string_view{"full"}.size());
    auto file = "trail-" + std::to_string(kept.front().created_ns) + suffix;
    auto to = catalog_.key({of, file});
    auto copied
      = uploads_.copy(catalog_.key({of, from}), to, kept.front().bytes, until);
    if (!copied)
      return copied.error();
    auto there = bucket_.head(to, until);
    if (!there)
      return there.error();
    if (there->bytes != kept.front().bytes)
      return make_error(ec::data_loss, "a copy has not its original's length");
    kept.front().file = file;
    return from;
  }

  result<opened_object> open_known(const object_name& name, object_info info,
                                   s3::deadline until) const {
    auto key = catalog_.key(name);
    auto there = bucket_.head(key, until);
    if (!there)
      return there.error();
    if (!info.sha256.empty() && there->bytes != info.bytes)
      return make_error(ec::data_loss,
                        scheme().qualified(name)
                          + " has not the length it was stored with");
    info.bytes = there->bytes;
    auto content = streams_.open(key, *there);
    if (!content)
      return content.error();
    auto out = opened_object{std::move(*content), std::move(info)};
    for (const auto& need : out.info.needs) {
      auto part = open_part({name.of, need.file}, need, until);
      if (!part)
        return part.error();
      out.parts.push_back(std::move(*part));
    }
    return out;
  }

  result<sys::fd> open_part(const object_name& name, const archive_part& need,
                            s3::deadline until) const {
    auto there = head_of_part(name, need, until);
    if (!there)
      return there.error();
    return streams_.open(catalog_.key(name), *there);
  }

  result<s3::object_head> head_of_part(const object_name& name,
                                       const archive_part& need,
                                       s3::deadline until) const {
    auto there = bucket_.head(catalog_.key(name), until);
    if (!there && code_of(there.error()) != ec::not_found)
      return there;
    if (!there || there->bytes != need.bytes)
      return not_whole(scheme().qualified(name));
    return there;
  }

  static result<uint64_t> length_of_staged(const staged_object& staged) {
    struct stat st = {};
    if (::fstat(staged.reader.get(), &st) < 0)
      return errno_error(errno, "fstat", staged.path.native());
    return static_cast<uint64_t>(st.st_size);
  }

  bool is_whole(const object_name& name, const object_info& what,
                s3::deadline until) const {
    auto there = bucket_.head(catalog_.key(name), until);
    return there && there->bytes == what.bytes;
  }

  /// Brings an archive to its key, which only this one ever has. What an
  /// earlier attempt left half done beside it is ended first.
  result<void> store(const object_name& name, const staged_object& staged,
                     const object_info& what, s3::deadline until) {
    auto length = length_of_staged(staged);
    if (!length)
      return length.error();
    if (*length != what.bytes)
      return make_error(ec::data_loss,
                        "an archive has not its reported length");
    sweep(catalog_.key({name.of, ""}), wall_time::max(), until);
    auto stored = uploads_.put(catalog_.key(name), staged.reader.get(),
                               what.bytes, until);
    if (!stored && code_of(stored.error()) == ec::data_loss)
      (void)bucket_.remove(catalog_.key(name), until); // nobody listed it
    return stored;
  }

  void drop_staged(const staged_object& staged) const {
    if (auto gone = staging().remove(staged); !gone)
      log_warning("staged-not-removed", "", describe(gone.error()));
  }

  /// Without the note a stale list would be believed, and that is all.
  void note_newest(const object_owner& of, const object_info& what) const {
    if (auto noted = marks_.raise(of, what.generation); !noted)
      log_warning("generation-not-noted", of.meta_id, describe(noted.error()));
  }

  /// Only for other readers of the layout: ours go by the list, so a failure
  /// here loses nothing.
  void show_newest(const object_owner& of, const object_info& what,
                   const std::string& foreign, s3::deadline until) {
    auto shown = std::string{backup_file};
    auto outcome = result<void>{};
    // What others cannot read is not shown, and what is outdated no more.
    if (!what.needs.empty())
      outcome = bucket_.remove(catalog_.key({of, shown}), until);
    else
      outcome = uploads_.copy(catalog_.key({of, what.file}),
                              catalog_.key({of, shown}), what.bytes, until);
    if (outcome && !foreign.empty() && foreign != shown)
      outcome = bucket_.remove(catalog_.key({of, foreign}), until);
    if (!outcome)
      log_warning("backup-not-shown", of.meta_id, describe(outcome.error()));
  }

  /// Removes backups that are older than every kept one, as their names tell,
  /// and that none of those needs: the outdated ones and, in time, what a crash
  /// left. Others may be on their
  /// way into the list, or out of date is what we were told of it.
  void prune(const object_owner& of, const std::vector<object_info>& kept,
             s3::deadline until) {
    auto prefix = catalog_.key({of, ""});
    auto outcome = result<void>{};
    auto there = bucket_.list(prefix + "trail-", 1000, until);
    if (!there)
      outcome = there.error();
    auto oldest = INT64_MAX;
    for (const auto& info : kept)
      oldest = std::min(oldest, trail_time(info.file));
    for (size_t i = 0; outcome && i < there->size(); ++i) {
      auto file = (*there)[i].key.substr(prefix.size());
      if (is_trail_file(file) && trail_time(file) < oldest
          && !is_needed(kept, file))
        outcome = bucket_.remove((*there)[i].key, until);
    }
    if (!outcome)
      log_warning("backups-not-pruned", of.meta_id, describe(outcome.error()));
  }

  /// Whether only this program writes to `key` in parts.
  bool is_ours(const std::string& key) const {
    auto name = scheme().parse(key + "@" + client_.told().bucket);
    return name && (key.ends_with(".zst") || is_trail_file(name->file));
  }

  /// Ends uploads that a crash left, of this node or another one. What is
  /// under way elsewhere is younger.
  void sweep_now_and_then() {
    do {
      sweep("", system_clock::now() - client_.told().limits.abandoned, soon());
      marks_.forget(mark_lifetime);
    } while (stop_.sleep(sweep_pause));
  }

  void sweep(const std::string& prefix, wall_time before, s3::deadline until) {
    auto swept = uploads_.sweep(
      prefix, before, [this](const auto& key) { return is_ours(key); }, until);
    if (!swept && !stop_.is_set())
      log_warning("uploads-not-swept", prefix, describe(swept.error()));
  }

  uint32_t keep_;
  generation_marks marks_;
  s3::stop_signal stop_;
  mutable s3::client client_;
  mutable s3::bucket bucket_{client_};
  s3_catalog catalog_{bucket_, scheme(), marks_};
  s3::uploader uploads_{bucket_};
  mutable s3::object_streams streams_{bucket_};
  std::jthread sweeper_; ///< last: it uses the others
};

} // namespace

std::unique_ptr<object_storage> make_s3_storage(s3::settings store,
                                                std::filesystem::path staging,
                                                std::filesystem::path marks,
                                                uint32_t keep) {
  return std::make_unique<s3_storage>(std::move(store), std::move(staging),
                                      std::move(marks), keep);
}

} // namespace berth
