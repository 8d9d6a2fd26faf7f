#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// What is known of a content in the quarantine: `why.json` beside it.
struct quarantine_note {
  std::string instance;
  std::string owner;   ///< empty: nobody knows
  std::string meta_id; ///< empty: nobody knows
  std::string from;    ///< where it was
  std::string why;
  int64_t since_ns = 0; ///< since 1970
  std::string backup; ///< what it was restored as, verified; empty: it was not
  int64_t restored_ns = 0;
};

std::string to_json(const quarantine_note&);

/// What an older berthd wrote lacks some of it.
result<quarantine_note> note_from_json(std::string_view);

/// Whether `name` may be that of an entry: an instance id, a dash and a number.
bool is_quarantine_name(std::string_view name);

} // namespace berth
