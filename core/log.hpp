#pragma once

#include <string_view>

namespace berth {

enum class log_level { debug, info, warning, error };

/// One line a record, to stderr: time, level, `what` (a stable id such as
/// `content-ready`), whose, and a text for people. Text that came from outside
/// is escaped. Thread-safe.
void log(log_level, std::string_view what, std::string_view whose,
         std::string_view text);

/// What is written: everything from `least` up, as JSON or as plain text.
void configure_log(log_level least, bool json);

inline void log_info(std::string_view what, std::string_view whose,
                     std::string_view text = {}) {
  log(log_level::info, what, whose, text);
}

inline void log_warning(std::string_view what, std::string_view whose,
                        std::string_view text = {}) {
  log(log_level::warning, what, whose, text);
}

inline void log_error(std::string_view what, std::string_view whose,
                      std::string_view text = {}) {
  log(log_level::error, what, whose, text);
}

} // namespace berth
