#pragma once

#include <string_view>
#include <utility>

namespace berth::fuzz {

/// What reads bytes or text that others wrote, for libFuzzer to try.
struct target {
  std::string_view name;
  /// Tries one input. What the product thinks of it does not matter, only that
  /// it stays sane and keeps what it promises of inputs that it takes.
  void (*try_input)(std::string_view);
  /// Called once before the first input; may be null.
  void (*prepare)() = nullptr;
};

/// Ends the program unless `holds`; libFuzzer keeps the input then.
void require(bool holds, const char* promise);

/// What stands before and behind the first `mark`; all before it if there is
/// none.
std::pair<std::string_view, std::string_view> split(std::string_view input,
                                                    std::string_view mark);

/// A directory in memory that only this program sees. Ends the program with
/// code 77 where it may not make one.
void make_private_directory();

/// Where that is.
inline constexpr auto private_directory = "/mnt";

} // namespace berth::fuzz
