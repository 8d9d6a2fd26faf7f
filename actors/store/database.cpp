#include "actors/store/database.hpp"

#include "core/record_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace berth {

namespace {

/// What each version of the file adds to the one before. A line here never
/// changes once it was released; a new need is a new line.
constexpr auto migrations = std::array{
  R"(CREATE TABLE workspaces(
       id TEXT PRIMARY KEY NOT NULL,
       version INTEGER NOT NULL,
       record TEXT NOT NULL,
       initializer BLOB NOT NULL) WITHOUT ROWID;
     CREATE TABLE images(
       name TEXT PRIMARY KEY NOT NULL,
       image TEXT NOT NULL) WITHOUT ROWID;)",
  R"(CREATE TABLE sessions(
       id TEXT PRIMARY KEY NOT NULL,
       session TEXT NOT NULL) WITHOUT ROWID;)",
  R"(CREATE TABLE archives(
       id TEXT PRIMARY KEY NOT NULL,
       record TEXT NOT NULL) WITHOUT ROWID;)",
  R"(CREATE TABLE builds(
       id TEXT PRIMARY KEY NOT NULL,
       record TEXT NOT NULL) WITHOUT ROWID;)",
  R"(CREATE TABLE services(
       id TEXT PRIMARY KEY NOT NULL,
       record TEXT NOT NULL) WITHOUT ROWID;)",
  R"(CREATE TABLE build_logs(
       id TEXT PRIMARY KEY NOT NULL,
       lost INTEGER NOT NULL,
       log BLOB NOT NULL);)",
};

caf::error in_table(const caf::error& why, std::string_view table,
                    const std::string& key) {
  return make_error(code_of(why),
                    std::string{table} + " '" + key + "': " + describe(why));
}

/// Hands each row to `take`, up to the first that it refuses.
template <class Take>
result<void> each_row(sqlite_db& db, std::string_view sql, Take take) {
  auto rows = db.prepare(sql);
  if (!rows)
    return rows.error();
  for (;;) {
    auto more = rows->next();
    if (!more)
      return more.error();
    if (!*more)
      return {};
    if (auto taken = take(*rows); !taken)
      return taken;
  }
}

} // namespace

result<std::shared_ptr<database>>
database::open(const std::filesystem::path& path) {
  auto db = sqlite_db::open(std::filesystem::absolute(path));
  if (!db)
    return db.error();
  auto out = std::shared_ptr<database>{new database{std::move(*db)}};
  if (auto made = out->migrate(); !made)
    return made.error();
  if (auto synced = out->sync(); !synced)
    return synced.error();
  if (auto ready = out->prepare(); !ready)
    return ready.error();
  return out;
}

result<void> database::migrate() {
  auto version = db_.number("PRAGMA user_version");
  if (!version)
    return version.error();
  if (*version < 0 || *version > static_cast<int64_t>(migrations.size()))
    return make_error(ec::failed_precondition,
                      "the database has version " + std::to_string(*version)
                        + ", this berthd knows only "
                        + std::to_string(migrations.size()));
  for (auto next = static_cast<size_t>(*version); next < migrations.size();
       ++next) {
    auto step = std::string{"BEGIN IMMEDIATE;"};
    step.append(migrations[next])
      .append("PRAGMA user_version=")
      .append(std::to_string(next + 1))
      .append(";COMMIT");
    if (auto done = db_.execute(step); !done)
      return done.error();
  }
  return {};
}

result<void> database::prepare() {
  auto all = std::array<std::pair<sqlite_statement*, std::string_view>, 16>{{
    {&begin_, "BEGIN IMMEDIATE"},
    {&commit_, "COMMIT"},
    {&put_record_,
     "INSERT INTO workspaces(id,version,record,initializer)"
     " VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO UPDATE SET"
     " version=excluded.version,record=excluded.record,"
     " initializer=excluded.initializer WHERE excluded.version>version"},
    {&drop_record_, "DELETE FROM workspaces WHERE id=?1"},
    {&put_image_, "INSERT INTO images(name,image) VALUES(?1,?2)"
                  " ON CONFLICT(name) DO UPDATE SET image=excluded.image"},
    {&drop_image_, "DELETE FROM images WHERE name=?1"},
    {&put_session_, "INSERT INTO sessions(id,session) VALUES(?1,?2)"
                    " ON CONFLICT(id) DO UPDATE SET session=excluded.session"},
    {&drop_session_, "DELETE FROM sessions WHERE id=?1"},
    {&put_archive_, "INSERT INTO archives(id,record) VALUES(?1,?2)"
                    " ON CONFLICT(id) DO UPDATE SET record=excluded.record"},
    {&drop_archive_, "DELETE FROM archives WHERE id=?1"},
    {&put_build_, "INSERT INTO builds(id,record) VALUES(?1,?2)"
                  " ON CONFLICT(id) DO UPDATE SET record=excluded.record"},
    {&drop_build_, "DELETE FROM builds WHERE id=?1"},
    {&put_build_log_, "INSERT OR REPLACE INTO build_logs(id,lost,log)"
                      " VALUES(?1,?2,?3)"},
    {&drop_build_log_, "DELETE FROM build_logs WHERE id=?1"},
    {&put_service_, "INSERT INTO services(id,record) VALUES(?1,?2)"
                    " ON CONFLICT(id) DO UPDATE SET record=excluded.record"},
    {&drop_service_, "DELETE FROM services WHERE id=?1"},
  }};
  for (auto& [into, sql] : all) {
    auto made = db_.prepare(sql);
    if (!made)
      return made.error();
    *into = std::move(*made);
  }
  return {};
}

result<void> database::begin() {
  return begin_.run();
}

result<void> database::commit() {
  auto done = commit_.run();
  if (done)
    ++commits_;
  return done;
}

result<void> database::sync() {
  return db_.sync();
}

bool database::abandon() {
  // SQLite may have rolled back already, and then this fails.
  (void)db_.execute("ROLLBACK");
  return !db_.is_in_transaction();
}

result<bool> database::put(const workspace_record& record) {
  auto text = to_json(record);
  auto put = put_record_.bind_text(1, record.spec.id)
               .bind_number(2, static_cast<int64_t>(record.version))
               .bind_text(3, text)
               .bind_blob(4, record.spec.initializer)
               .run();
  if (!put)
    return put.error();
  return db_.changes() > 0;
}

result<void> database::drop(const drop_record& what) {
  return drop_record_.bind_text(1, what.id).run();
}

result<void> database::put(const stored_image& image) {
  auto text = to_json(image);
  return put_image_.bind_text(1, image.name).bind_text(2, text).run();
}

result<void> database::drop(const drop_image& what) {
  return drop_image_.bind_text(1, what.name).run();
}

result<void> database::put(const session_record& session) {
  auto text = to_json(session);
  return put_session_.bind_text(1, session.id).bind_text(2, text).run();
}

result<void> database::drop(const drop_session& what) {
  return drop_session_.bind_text(1, what.id).run();
}

result<void> database::put(const archive_record& archive) {
  auto text = to_json(archive);
  return put_archive_.bind_text(1, archive.id).bind_text(2, text).run();
}

result<void> database::drop(const forget_archive& what) {
  return drop_archive_.bind_text(1, what.id).run();
}

result<void> database::put(const build_record& build) {
  auto text = to_json(build);
  return put_build_.bind_text(1, build.id).bind_text(2, text).run();
}

result<void> database::drop(const forget_build& what) {
  if (auto dropped = drop_build_log_.bind_text(1, what.id).run(); !dropped)
    return dropped;
  return drop_build_.bind_text(1, what.id).run();
}

result<void> database::put(const put_build_log& what) {
  return put_build_log_.bind_text(1, what.id)
    .bind_number(2, static_cast<int64_t>(what.log.lost))
    .bind_blob(3, what.log.text)
    .run();
}

result<build_log> database::load(const load_build_log& what) {
  auto row = db_.prepare("SELECT lost,log FROM build_logs WHERE id=?1");
  if (!row)
    return row.error();
  auto found = row->bind_text(1, what.id).next();
  if (!found)
    return found.error();
  if (!*found)
    return make_error(ec::not_found, "no log of this build was kept");
  return build_log{row->blob(1), static_cast<uint64_t>(row->number(0))};
}

result<void> database::put(const service_record& service) {
  auto text = to_json(service);
  return put_service_.bind_text(1, service.id).bind_text(2, text).run();
}

result<void> database::drop(const drop_service& what) {
  return drop_service_.bind_text(1, what.id).run();
}

result<everything_stored> database::load_all() {
  auto out = everything_stored{};
  if (auto loaded = load_records(out); !loaded)
    return loaded.error();
  if (auto loaded = load_images(out); !loaded)
    return loaded.error();
  if (auto loaded = load_sessions(out); !loaded)
    return loaded.error();
  if (auto loaded = load_archives(out); !loaded)
    return loaded.error();
  if (auto loaded = load_builds(out); !loaded)
    return loaded.error();
  return out;
}

result<void> database::load_records(everything_stored& into) {
  return each_row(
    db_, "SELECT id,version,record,initializer FROM workspaces ORDER BY id",
    [&](sqlite_statement& row) -> result<void> {
      auto record = record_from_json(row.text(2));
      if (record
          && (record->spec.id != row.text(0)
              || static_cast<int64_t>(record->version) != row.number(1)))
        record = make_error(ec::data_loss, "belongs to another id or version");
      if (!record)
        return in_table(record.error(), "workspace", row.text(0));
      record->spec.initializer = row.blob(3);
      into.records.push_back(
        std::make_shared<const workspace_record>(std::move(*record)));
      return {};
    });
}

result<void> database::load_images(everything_stored& into) {
  return each_row(db_, "SELECT name,image FROM images ORDER BY name",
                  [&](sqlite_statement& row) -> result<void> {
                    auto image = image_from_json(row.text(1));
                    if (image && image->name != row.text(0))
                      image
                        = make_error(ec::data_loss, "belongs to another name");
                    if (!image)
                      return in_table(image.error(), "image", row.text(0));
                    into.images.push_back(std::move(*image));
                    return {};
                  });
}

result<void> database::load_sessions(everything_stored& into) {
  return each_row(
    db_, "SELECT id,session FROM sessions ORDER BY id",
    [&](sqlite_statement& row) -> result<void> {
      auto session = session_from_json(row.text(1));
      if (session && session->id != row.text(0))
        session = make_error(ec::data_loss, "belongs to another id");
      if (!session)
        return in_table(session.error(), "session", row.text(0));
      into.sessions.push_back(
        std::make_shared<const session_record>(std::move(*session)));
      return {};
    });
}

result<stored_services> database::load_services() {
  auto out = stored_services{};
  auto read
    = each_row(db_, "SELECT id,record FROM services ORDER BY id",
               [&](sqlite_statement& row) -> result<void> {
                 auto service = service_from_json(row.text(1));
                 if (service && service->id != row.text(0))
                   service = make_error(ec::data_loss, "belongs to another id");
                 if (!service)
                   return in_table(service.error(), "service", row.text(0));
                 out.services.push_back(
                   std::make_shared<const service_record>(std::move(*service)));
                 return {};
               });
  if (!read)
    return read.error();
  return out;
}

result<void> database::load_archives(everything_stored& into) {
  auto read
    = each_row(db_, "SELECT id,record FROM archives",
               [&](sqlite_statement& row) -> result<void> {
                 auto archive = archive_from_json(row.text(1));
                 if (archive && archive->id != row.text(0))
                   archive = make_error(ec::data_loss, "belongs to another id");
                 if (!archive)
                   return in_table(archive.error(), "archive", row.text(0));
                 into.archives.push_back(std::move(*archive));
                 return {};
               });
  std::ranges::sort(into.archives, {}, &archive_record::created_ns);
  return read;
}

result<void> database::load_builds(everything_stored& into) {
  auto read
    = each_row(db_, "SELECT id,record FROM builds",
               [&](sqlite_statement& row) -> result<void> {
                 auto build = build_from_json(row.text(1));
                 if (build && build->id != row.text(0))
                   build = make_error(ec::data_loss, "belongs to another id");
                 if (!build)
                   return in_table(build.error(), "build", row.text(0));
                 into.builds.push_back(std::move(*build));
                 return {};
               });
  std::ranges::sort(into.builds, {}, &build_record::started_at);
  return read;
}

} // namespace berth
