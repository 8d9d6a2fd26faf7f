#pragma once

#include "app/berth/arguments.hpp"
#include "app/berth/connection.hpp"

#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth::cli {

/// What the program says when it ends. `exec` and `shell` end with the code of
/// the command that ran.
enum exit_code : int {
  exit_ok = 0,
  exit_rpc = 1,
  exit_usage = 2,
  exit_workspace_failed = 3,
};

enum class output_format { table, json };

/// What one run of a command has to work with.
class session {
public:
  session(arguments given, output_format format, std::ostream& out,
          std::ostream& err);

  const arguments given;
  const output_format format;
  std::ostream& out;
  std::ostream& err;
  std::string verb; ///< for error messages

  bool is_json() const { return format == output_format::json; }

  /// The connection that the global options ask for, made on first use; null
  /// if they are wrong, which has been said then.
  connection* connect();

  /// Says what went wrong in one line; the result is the exit code.
  int failed(const grpc::Status&) const;
  int wrong_usage(const std::string& why) const;

private:
  std::optional<connection> connection_;
};

/// One verb of the program.
struct command {
  std::string_view name;
  std::string_view operands; ///< as in help: "ID [--wait]"
  std::string_view summary;
  std::string_view details; ///< paragraphs for --help; may be empty
  std::span<const flag> flags;
  std::span<const std::string_view> subverbs; ///< words among its operands
  int (*run)(session&);
};

/// The name of a gRPC code as the specification writes it.
std::string_view code_name(grpc::StatusCode);

} // namespace berth::cli
