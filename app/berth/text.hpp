#pragma once

#include <google/protobuf/message.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ws-manager-api/core.pb.h"

namespace berth::cli {

/// `text` with control characters replaced by blanks: what repositories and
/// images put into messages must not steer a terminal.
std::string printable(std::string_view text);

/// 1 to 65535, nothing for any other text.
std::optional<uint32_t> port_number(std::string_view);

/// "512 B", "1.4 MiB": three digits at most.
std::string format_bytes(uint64_t);

/// "45s", "12m", "3h", "2d": the largest unit only.
std::string format_age(std::chrono::seconds);

/// How long ago, "-" for never.
std::string age_of(const google::protobuf::Timestamp&);

/// UTC, to the second, "2026-01-31 12:34:56Z".
std::string format_time(int64_t unix_seconds);

std::string phase_name(wsman::WorkspacePhase);
std::string type_name(wsman::WorkspaceType);

/// The percentage a progress message speaks of ("Cloning 42 %").
std::optional<int> percent_of(std::string_view message);

/// `message` as one JSON document in protobuf's mapping; fields that have
/// their default value are written too. `pretty` for people, one line if not.
std::string to_json(const google::protobuf::Message& message, bool pretty);

} // namespace berth::cli
