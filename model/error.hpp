#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/make_message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// What a caller can do about a failure. Add a code only when a caller would
/// act differently on it; the "why" belongs in the error's text.
enum class ec : uint8_t {
  none = 0,
  invalid_argument,
  unauthenticated,
  permission_denied,
  not_found,
  already_exists,
  failed_precondition,
  exhausted,
  aborted,
  cancelled,
  timeout,
  unavailable,
  data_loss,
  unimplemented,
  internal,
};

std::string to_string(ec);

/// The code called `name`, `ec::internal` if there is none.
ec ec_from_string(std::string_view name);

template <class T>
using result = caf::expected<T>;

/// An error whose text reads as a sentence fragment: what we did, to what.
caf::error make_error(ec code, std::string text);

/// The kernel's own word: `err` from `call` on `subject`. It keeps its errno
/// and means nothing to a caller until somebody who knows what it means says
/// so.
caf::error errno_error(int err, std::string_view call,
                       std::string_view subject);

/// Whether the kernel said `err`.
bool is_errno(const caf::error&, int err);

/// The code of an error of ours, `ec::internal` for anybody else's.
ec code_of(const caf::error&);

/// The human text of any error in the house.
std::string describe(const caf::error&);

} // namespace berth

CAF_ERROR_CODE_ENUM(berth::ec, "berth")
