#include "app/berth-worker/content/session.hpp"

#include "app/berth-worker/archive/extract.hpp"
#include "app/berth-worker/content/download.hpp"
#include "app/berth-worker/content/legacy_layout.hpp"
#include "app/berth-worker/content/prebuild.hpp"
#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/pieces/piece_stream.hpp"
#include "app/berth-worker/pieces/restored_index.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace berth::worker {

namespace {

/// An archive on its way into a directory.
struct restoration {
  int root = -1;
  const object_source& from;
  identity owner;
  bool own_backup = false;
  int index_fd = -1; ///< see `initialize_job`
  restored_index seen = {};

  /// Who vouches for the archive decides what is believed of it.
  result<void> write_tree(tar_reader& in) {
    auto rules = extract_rules{};
    rules.parents = owner;
    rules.keep_set_id = own_backup && !from.sha256.empty();
    rules.on_progress = [this](uint64_t done) {
      report({"restore", {}, done, bytes()});
    };
    if (index_fd >= 0)
      rules.on_made = [this](const tree_entry& made, const std::string& link,
                             uint64_t offset) { seen.add(made, link, offset); };
    auto done = extract(in, root, rules);
    if (!done)
      return done.error();
    return in.finish(from);
  }

  /// Of all objects that it is made of.
  uint64_t bytes() const {
    auto sum = from.bytes;
    for (const auto& part : from.parts)
      sum += part.bytes;
    return sum;
  }

  /// Whether it can be read again; what comes through a pipe cannot.
  bool is_file() const { return ::lseek(from.fd, 0, SEEK_CUR) >= 0; }

  tar_limits limits() const {
    auto limits = tar_limits{};
    limits.unpack_ahead = true;
    if (!from.sha256.empty())
      limits.ratio = 0; // ours, and content may compress by any ratio
    if (index_fd >= 0 && !is_file())
      limits.keep_last = longest_table;
    return limits;
  }

  /// Without an index the next backup is a whole one, and that is all.
  void note(const result<piece_table>& table) {
    if (index_fd < 0 || from.sha256.empty())
      return;
    auto index = table ? seen.make(*table) : result<piece_index>{table.error()};
    if (index && index->is_wasteful(bytes()))
      return;
    auto written = index ? index->write(index_fd, from.sha256) : index.error();
    if (!written)
      log_line("no index: " + describe(written.error()));
  }
};

result<void> restore_pieces(restoration what) {
  auto pieces = piece_stream::open(what.from, what.root);
  if (!pieces)
    return pieces.error();
  auto in = tar_reader{[&] { return pieces->next(); },
                       [&] { return pieces->packed_bytes(); }, what.limits()};
  if (auto ok = what.write_tree(in); !ok)
    return ok;
  what.note(pieces->table());
  return {};
}

result<void> restore(restoration what) {
  if (!what.from.parts.empty())
    return restore_pieces(std::move(what));
  auto in = tar_reader{what.from.fd, what.limits()};
  if (auto ok = what.write_tree(in); !ok)
    return ok;
  what.note(what.is_file() ? table_of(what.from.fd, in.packed_bytes())
                           : table_in(in.last_bytes(), in.packed_bytes()));
  return {};
}

} // namespace

result<init_session> init_session::open(const initialize_job& job) {
  auto root = open_directory(job.destination);
  if (!root)
    return root.error();
  auto empty = is_empty_directory(root->get());
  if (!empty)
    return empty.error();
  if (!*empty)
    return make_error(ec::failed_precondition, "destination is not empty");
  auto policy = network_policy::make(job.denied_networks);
  if (!policy)
    return policy.error();
  return init_session{job, std::move(*root), std::move(*policy)};
}

init_session::moment init_session::mark() const {
  auto now = moment{std::chrono::steady_clock::now()};
  struct statvfs fs {};
  if (::fstatvfs(root_.get(), &fs) == 0) {
    now.used = static_cast<uint64_t>(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
    now.known = true;
  }
  return now;
}

void init_session::note(const char* kind, const moment& since) {
  auto now = mark();
  if (!since.known || !now.known)
    return;
  auto grown = now.used > since.used ? now.used - since.used : 0;
  metrics_.push_back({kind, now.time - since.time, grown});
}

result<const git_program*> init_session::git() {
  if (!git_) {
    auto made = git_program::make(owner(), job_->allow_file_urls);
    if (!made)
      return made.error();
    git_ = std::move(*made);
  }
  return git_.get();
}

result<std::string> init_session::restore_backup(const object_source& from) {
  return measured("fromBackup", [&]() -> result<std::string> {
    is_restored_ = true;
    if (auto ok = restore({root(), from, owner(), true, job_->index_fd}); !ok)
      return make_error(code_of(ok.error()),
                        "cannot restore backup: " + describe(ok.error()));
    if (from.sha256.empty())
      if (auto ok = lift_legacy_layout(root(), job_->meta_id); !ok)
        return ok.error();
    return std::string{from_backup};
  });
}

result<void> init_session::restore_snapshot(const std::string& name) {
  auto found = job_->snapshots.find(name);
  if (found == job_->snapshots.end())
    return make_error(ec::not_found, "cannot find snapshot " + name);
  is_restored_ = true;
  if (auto ok = restore({root(), found->second, owner()}); !ok)
    return make_error(code_of(ok.error()), "cannot restore snapshot " + name
                                             + ": " + describe(ok.error()));
  return {};
}

result<std::string> init_session::run(const plan& step) {
  return std::visit([this](const auto& what) { return run_step(what); },
                    step.what);
}

result<std::string> init_session::run_step(const empty_plan&) {
  return std::string{from_other};
}

result<std::string> init_session::run_step(const git_plan& what) {
  auto program = git();
  if (!program)
    return program.error();
  // One that is there already is left alone and not measured.
  auto there = open_beneath(root(), what.location, O_RDONLY | O_DIRECTORY);
  if (there && is_working_copy(there->get()))
    return std::string{from_other};
  return measured("git", [&]() -> result<std::string> {
    auto mirror = job_->mirrors.find(what.remote);
    auto cloned = run_git(**program, policy_, what, root(),
                          mirror == job_->mirrors.end() ? "" : mirror->second);
    if (!cloned)
      return cloned.error();
    mirror_failed_ |= !*cloned;
    return std::string{from_other};
  });
}

result<std::string> init_session::run_step(const snapshot_plan& what) {
  if (what.name.empty())
    return std::string{from_backup};
  return measured("snapshot", [&]() -> result<std::string> {
    if (auto ok = restore_snapshot(what.name); !ok)
      return ok.error();
    return std::string{from_backup};
  });
}

result<std::string> init_session::run_step(const prebuild_plan& what) {
  return measured("prebuild", [&] { return run_prebuild(*this, what); });
}

result<std::string> init_session::run_step(const composite_plan& what) {
  return measured("composite", [&]() -> result<std::string> {
    for (const auto& step : what.steps)
      if (auto ok = run(step); !ok)
        return ok.error();
    return std::string{from_other};
  });
}

result<std::string> init_session::run_step(const download_plan& what) {
  return measured("fileDownload", [&]() -> result<std::string> {
    auto policy = policy_.only_internet(job_->download_networks);
    if (!policy)
      return policy.error();
    if (auto ok = run_download(root(), owner(), *policy, what); !ok)
      return ok.error();
    return std::string{from_other};
  });
}

result<std::string> init_session::run_step(const backup_plan& what) {
  if (what.is_volume)
    return std::string{from_backup};
  // Had there been one, it would have been restored instead of all this.
  return make_error(ec::not_found, "no backup found");
}

} // namespace berth::worker
