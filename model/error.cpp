#include "model/error.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace berth {

namespace {

constexpr std::array code_names{
  "none",
  "invalid_argument",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "failed_precondition",
  "exhausted",
  "aborted",
  "cancelled",
  "timeout",
  "unavailable",
  "data_loss",
  "unimplemented",
  "internal",
};
static_assert(code_names.size() == static_cast<size_t>(ec::internal) + 1);

constexpr auto errno_category = caf::atom("errno");
constexpr auto berth_category = caf::atom("berth");

} // namespace

std::string to_string(ec code) {
  return code_names[static_cast<size_t>(code)];
}

ec ec_from_string(std::string_view name) {
  auto found = std::find(code_names.begin(), code_names.end(), name);
  return found == code_names.end()
           ? ec::internal
           : static_cast<ec>(found - code_names.begin());
}

caf::error make_error(ec code, std::string text) {
  return caf::make_error(code, std::move(text));
}

caf::error errno_error(int err, std::string_view call,
                       std::string_view subject) {
  auto text = std::string{call};
  text.append(" ").append(subject).append(": ");
  text += std::generic_category().message(err);
  // errno values on Linux end at 133, so one byte holds them.
  return {static_cast<uint8_t>(err), errno_category,
          caf::make_message(std::move(text))};
}

bool is_errno(const caf::error& err, int code) {
  return err && err.category() == errno_category && err.code() == code;
}

ec code_of(const caf::error& err) {
  if (!err)
    return ec::none;
  if (err.category() == berth_category)
    return static_cast<ec>(err.code());
  if (is_errno(err, ENOSPC) || is_errno(err, EDQUOT))
    return ec::exhausted;
  if (err == caf::sec::request_timeout)
    return ec::timeout;
  return ec::internal;
}

std::string describe(const caf::error& err) {
  if (err && err.context().match_elements<std::string>())
    return err.context().get_as<std::string>(0);
  if (err == caf::sec::request_timeout)
    return "no answer in time";
  return to_string(err);
}

} // namespace berth
