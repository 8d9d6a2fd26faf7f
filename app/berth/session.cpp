#include "app/berth/command.hpp"
#include "app/berth/text.hpp"

#include <array>
#include <ostream>

namespace berth::cli {

session::session(arguments given, output_format format, std::ostream& out,
                 std::ostream& err)
  : given(std::move(given)), format(format), out(out), err(err) {}

connection* session::connect() {
  if (connection_)
    return &*connection_;
  auto to = endpoint_from(given);
  if (!to) {
    wrong_usage(describe(to.error()));
    return nullptr;
  }
  auto made = connection::open(*to);
  if (!made) {
    wrong_usage(describe(made.error()));
    return nullptr;
  }
  connection_.emplace(std::move(*made));
  return &*connection_;
}

int session::failed(const grpc::Status& why) const {
  err << "berth: " << verb << ": ";
  if (why.error_code() == grpc::StatusCode::UNAVAILABLE && connection_
      && connection_->is_unreachable())
    err << "no berthd answers at " << connection_->address() << ": ";
  err << printable(why.error_message()) << " (" << code_name(why.error_code())
      << ")\n";
  return exit_rpc;
}

int session::wrong_usage(const std::string& why) const {
  err << "berth: " << verb << ": " << why << "; see berth " << verb
      << " --help\n";
  return exit_usage;
}

std::string_view code_name(grpc::StatusCode code) {
  static constexpr std::array<std::string_view, 17> names = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
  };
  auto number = static_cast<size_t>(code);
  return number < names.size() ? names[number] : "UNKNOWN";
}

} // namespace berth::cli
