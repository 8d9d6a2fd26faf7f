#pragma once

#include "actors/store/api.hpp"
#include "actors/store/build_log_api.hpp"
#include "actors/store/service_api.hpp"
#include "actors/store/sqlite.hpp"

#include <atomic>
#include <filesystem>
#include <memory>

namespace berth {

/// berthd's state on disk: what the store's messages say, as a file. One thread
/// at a time may use it. Changes are made between `begin` and `commit`; after
/// an error of either, or of a change, `abandon` forgets the changes. After
/// `exhausted` none of them is on disk, and others may be made; after any other
/// error no more may be: how much of them is on disk is not known.
class database {
public:
  /// Opens or makes the file and brings its tables up to date. One that a newer
  /// berthd has changed is `failed_precondition`.
  static result<std::shared_ptr<database>>
  open(const std::filesystem::path& path);

  result<void> begin();

  /// Survives the end of the process when this returns.
  result<void> commit();

  /// What was committed survives power loss when this returns.
  result<void> sync();

  /// Whether nothing is left of the changes.
  bool abandon();

  /// Whether it was stored: a version that is not higher than the stored one
  /// is not.
  result<bool> put(const workspace_record& record);
  result<void> drop(const drop_record& what);
  result<void> put(const stored_image& image);
  result<void> drop(const drop_image& what);
  result<void> put(const session_record& session);
  result<void> drop(const drop_session& what);
  result<void> put(const archive_record& archive);
  result<void> drop(const forget_archive& what);
  result<void> put(const build_record& build);
  result<void> drop(const forget_build& what);
  result<void> put(const put_build_log& what);
  result<void> put(const service_record& service);
  result<void> drop(const drop_service& what);

  /// One entry that cannot be read is an error that names it: nothing is ever
  /// left out.
  result<everything_stored> load_all();
  /// The same for what `load_all` leaves to the services.
  result<stored_services> load_services();
  result<build_log> load(const load_build_log& what);

  /// How many transactions were committed. May be asked from any thread.
  uint64_t commits() const { return commits_; }

private:
  explicit database(sqlite_db db) : db_(std::move(db)) {}

  result<void> migrate();
  result<void> prepare();
  result<void> load_records(everything_stored& into);
  result<void> load_images(everything_stored& into);
  result<void> load_sessions(everything_stored& into);
  result<void> load_archives(everything_stored& into);
  result<void> load_builds(everything_stored& into);

  sqlite_db db_; // before the statements, which need it to the end
  sqlite_statement begin_, commit_, put_record_, drop_record_, put_image_,
    drop_image_, put_session_, drop_session_, put_archive_, drop_archive_,
    put_build_, drop_build_, put_build_log_, drop_build_log_, put_service_,
    drop_service_;
  std::atomic<uint64_t> commits_ = 0;
};

} // namespace berth
