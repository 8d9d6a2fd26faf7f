#pragma once

#include "model/error.hpp"

#include <ostream>

namespace berth {

/// How Boost.Test shows a code that was not expected.
inline std::ostream& boost_test_print_type(std::ostream& out, ec code) {
  return out << to_string(code);
}

} // namespace berth
