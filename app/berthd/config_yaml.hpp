#pragma once

#include "model/error.hpp"

#include <map>
#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace berth {

/// Where in a file each field was written, so that what is found wrong later
/// can still be pointed at.
class config_marks {
public:
  explicit config_marks(std::string file) : file_{std::move(file)} {}

  void put(const std::string& path, int line) { lines_[path] = line; }

  /// Whether the file mentions `path`.
  bool has(const std::string& path) const { return lines_.contains(path); }

  /// `file:line: path: why`, in one line; that of the nearest field around
  /// `path` if the file does not mention it.
  caf::error error_at(const std::string& path, std::string_view why) const;

private:
  std::string file_;
  std::map<std::string, int> lines_; ///< from 1
};

/// The path of what `key` names below `path`: `path.key`, or `path["key"]`
/// for a key that would not be one word there.
std::string path_below(const std::string& path, std::string_view key);

/// Reads `yaml` over what `into` holds, by the names of its fields: maps and
/// messages are filled in, lists and map entries replaced, `null` leaves what
/// was there. `invalid_argument` for unknown and repeated keys and values of
/// another type.
result<void> read_yaml(std::string_view yaml, google::protobuf::Message& into,
                       config_marks& marks);

} // namespace berth
