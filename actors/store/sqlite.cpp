#include "actors/store/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace berth {

namespace {

constexpr auto busy_patience_ms = 5000;

ec code_for(int rc) {
  switch (rc & 0xff) { // the rest tells details
    case SQLITE_FULL: return ec::exhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ec::data_loss;
    case SQLITE_BUSY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_READONLY: return ec::unavailable;
    default: return ec::internal;
  }
}

/// SQLite says SQLITE_FULL of its log only; of the log's index, "I/O error".
ec code_of_failure(sqlite3* db) {
  auto rc = sqlite3_extended_errcode(db);
  auto said = sqlite3_system_errno(db);
  auto is_full
    = (rc & 0xff) == SQLITE_IOERR && (said == ENOSPC || said == EDQUOT);
  return is_full ? ec::exhausted : code_for(rc);
}

caf::error sqlite_error(sqlite3* db, std::string_view call) {
  auto text = std::string{call} + " ";
  if (auto* path = sqlite3_db_filename(db, "main"))
    text += path;
  return make_error(code_of_failure(db), text + ": " + sqlite3_errmsg(db));
}

result<void> sync_directory(const std::filesystem::path& path) {
  auto dir = sys::fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir || ::fsync(dir.get()) < 0)
    return errno_error(errno, "fsync", path.native());
  return {};
}

/// Makes the file with its mode before SQLite does, whose other files take
/// theirs from it, and puts its name on disk.
result<void> make_private_file(const std::filesystem::path& path) {
  auto file = sys::fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file)
    return errno_error(errno, "open", path.native());
  if (::fchmod(file.get(), 0600) < 0)
    return errno_error(errno, "fchmod", path.native());
  return sync_directory(path.parent_path());
}

} // namespace

sqlite_statement& sqlite_statement::bind_text(int parameter,
                                              std::string_view text) {
  sqlite3_bind_text64(raw_.get(), parameter, text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

sqlite_statement& sqlite_statement::bind_blob(int parameter,
                                              std::string_view bytes) {
  sqlite3_bind_blob64(raw_.get(), parameter, bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

sqlite_statement& sqlite_statement::bind_number(int parameter, int64_t number) {
  sqlite3_bind_int64(raw_.get(), parameter, number);
  return *this;
}

result<void> sqlite_statement::run() {
  auto more = next();
  while (more && *more)
    more = next();
  if (!more)
    return more.error();
  return {};
}

result<bool> sqlite_statement::next() {
  auto rc = sqlite3_step(raw_.get());
  if (rc == SQLITE_ROW)
    return true;
  auto failed = rc == SQLITE_DONE
                  ? caf::error{}
                  : sqlite_error(sqlite3_db_handle(raw_.get()), "step");
  sqlite3_reset(raw_.get());
  sqlite3_clear_bindings(raw_.get());
  if (failed)
    return failed;
  return false;
}

std::string sqlite_statement::text(int column) const {
  auto* raw = sqlite3_column_text(raw_.get(), column);
  auto size = sqlite3_column_bytes(raw_.get(), column);
  return {reinterpret_cast<const char*>(raw), raw ? size_t(size) : 0};
}

std::string sqlite_statement::blob(int column) const {
  auto* raw = sqlite3_column_blob(raw_.get(), column);
  auto size = sqlite3_column_bytes(raw_.get(), column);
  return {static_cast<const char*>(raw), raw ? size_t(size) : 0};
}

int64_t sqlite_statement::number(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

result<sqlite_db> sqlite_db::open(const std::filesystem::path& path) {
  if (auto made = make_private_file(path); !made)
    return made.error();
  auto* raw = static_cast<sqlite3*>(nullptr);
  auto rc = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  auto db = sqlite_db{};
  db.raw_.reset(raw);
  if (rc != SQLITE_OK)
    return make_error(code_for(rc), "sqlite3_open " + path.native() + ": "
                                      + sqlite3_errstr(rc));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, busy_patience_ms);
  // Exclusive, so that the index of the log is in memory of ours. It would be
  // in a mapped file, whose pages a full btrfs takes away with a SIGBUS.
  if (auto set = db.execute("PRAGMA locking_mode=EXCLUSIVE;"
                            "PRAGMA journal_mode=WAL;"
                            "PRAGMA synchronous=NORMAL");
      !set)
    return set.error();
  // An earlier berthd may have mapped one.
  (void)!::unlink((path.native() + "-shm").c_str());
  // What it cannot have it leaves without a word.
  auto mode = db.prepare("PRAGMA journal_mode");
  if (!mode)
    return mode.error();
  if (auto row = mode->next(); !row || !*row || mode->text(0) != "wal")
    return make_error(ec::unavailable,
                      "journal_mode=WAL " + path.native() + ": not possible");
  return db;
}

result<void> sqlite_db::execute(const std::string& sql) {
  if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr)
      != SQLITE_OK)
    return sqlite_error(raw_.get(), sql.substr(0, sql.find(' ')));
  return {};
}

result<void> sqlite_db::sync() {
  // Its commits are in the log until a checkpoint, which SQLite syncs itself.
  auto log = std::filesystem::path{sqlite3_db_filename(raw_.get(), "main")};
  log += "-wal";
  if (!log_) {
    // A handle of our own: SQLite's locks are on the other file.
    log_ = sys::fd{::open(log.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!log_)
      return errno_error(errno, "open", log.native());
    if (auto synced = sync_directory(log.parent_path()); !synced)
      return synced;
  }
  if (::fdatasync(log_.get()) < 0)
    return errno_error(errno, "fdatasync", log.native());
  return {};
}

result<sqlite_statement> sqlite_db::prepare(std::string_view sql) {
  auto* raw = static_cast<sqlite3_stmt*>(nullptr);
  if (sqlite3_prepare_v2(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                         &raw, nullptr)
      != SQLITE_OK)
    return sqlite_error(raw_.get(), "prepare");
  return sqlite_statement{raw};
}

result<int64_t> sqlite_db::number(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return query.error();
  auto row = query->next();
  if (!row)
    return row.error();
  return *row ? query->number(0) : 0;
}

bool sqlite_db::is_in_transaction() const {
  return sqlite3_get_autocommit(raw_.get()) == 0;
}

int64_t sqlite_db::changes() const {
  return sqlite3_changes64(raw_.get());
}

} // namespace berth
