#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace berth {

/// One prepared statement, run again and again. Parameters count from 1,
/// columns from 0; bound texts must live until `run` or `next` returns.
class sqlite_statement {
public:
  sqlite_statement() = default;

  sqlite_statement& bind_text(int parameter, std::string_view text);
  sqlite_statement& bind_blob(int parameter, std::string_view bytes);
  sqlite_statement& bind_number(int parameter, int64_t number);

  /// Runs a statement that gives no rows; it can be bound anew after it.
  result<void> run();

  /// Steps to the next row; false after the last one, and the statement can be
  /// bound anew.
  result<bool> next();

  std::string text(int column) const;
  std::string blob(int column) const;
  int64_t number(int column) const;

private:
  friend class sqlite_db;

  struct finalizer {
    void operator()(sqlite3_stmt* raw) const { sqlite3_finalize(raw); }
  };

  explicit sqlite_statement(sqlite3_stmt* raw) : raw_(raw) {}

  std::unique_ptr<sqlite3_stmt, finalizer> raw_;
};

/// One connection. Errors carry what a caller can do about them: `exhausted`
/// for a full disk, `data_loss` for a damaged file, `unavailable` for one that
/// cannot be read or written, `internal` for a mistake of ours.
class sqlite_db {
public:
  /// Opens or makes the file, readable by its owner only and by no other
  /// connection meanwhile, with a write-ahead log: a commit survives the end of
  /// the process, and power loss after `sync`.
  static result<sqlite_db> open(const std::filesystem::path& path);

  sqlite_db() = default;

  /// Runs statements that need no parameters and give no rows.
  result<void> execute(const std::string& sql);

  result<sqlite_statement> prepare(std::string_view sql);

  result<void> sync();

  /// The number in the first row of `sql`.
  result<int64_t> number(std::string_view sql);

  bool is_in_transaction() const;

  /// Rows that the last insert, update or delete changed.
  int64_t changes() const;

private:
  struct closer {
    void operator()(sqlite3* raw) const { sqlite3_close_v2(raw); }
  };

  std::unique_ptr<sqlite3, closer> raw_;
  sys::fd log_; ///< the write-ahead log, for `sync`
};

} // namespace berth
