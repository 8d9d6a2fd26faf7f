#pragma once

#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace berth {

class config_marks;

/// Reads values of a configuration and remembers the first that is wrong, so
/// that a section can be gone through without asking after each.
class config_checker {
public:
  explicit config_checker(const config_marks& marks) : marks_{marks} {}

  /// Notes that `path` is wrong unless `holds`. Returns `holds`.
  bool require(bool holds, const std::string& path, std::string_view why);

  /// Positive, or zero where `may_be_zero`.
  std::chrono::nanoseconds duration(const std::string& text,
                                    const std::string& path,
                                    bool may_be_zero = false);

  /// Empty texts are zero.
  uint64_t quantity(const std::string& text, const std::string& path);
  uint64_t milli_quantity(const std::string& text, const std::string& path);

  /// An absolute path; `otherwise` if the text is empty.
  std::filesystem::path
  absolute_path(const std::string& text, const std::string& path,
                const std::filesystem::path& otherwise = {});

  /// The name of a program, or its absolute path.
  std::filesystem::path program(const std::string& text,
                                const std::string& path);

  bool mentions(const std::string& path) const;

  /// Default-constructed if all was well.
  const caf::error& first() const { return first_; }

private:
  const config_marks& marks_;
  caf::error first_;
};

} // namespace berth
