#pragma once

#include "model/error.hpp"

#include <string>

namespace berth::test {

/// The error's text, if it is one.
template <class T>
std::string why_not(const result<T>& outcome) {
  return outcome ? "" : describe(outcome.error());
}

} // namespace berth::test
