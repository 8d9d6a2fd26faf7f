#pragma once

#include "actors/message.hpp"
#include "core/worker_job.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace berth {

/// A stored archive.
struct opened_source {
  sys::shared_fd file;
  uint64_t bytes = 0;
  std::string sha256;
  std::string name; ///< last part of its key
  std::vector<std::pair<sys::shared_fd, uint64_t>> parts; ///< and their lengths
};

/// Opens what an initializer names.
struct open_archives {
  std::vector<std::string> wanted;   ///< `not_found` if one is missing
  std::vector<std::string> optional; ///< left out if missing
  std::vector<std::string> local;    ///< directories; left out if missing
};

struct opened_archives {
  std::map<std::string, opened_source> archives; ///< by qualified name
  std::vector<std::string> local;
};

/// One job on a thread of its own, then it quits.
using archive_opener_actor
  = caf::typed_actor<caf::replies_to<open_archives>::with<opened_archives>>;

using archive_opener_hands = std::function<archive_opener_actor()>;

/// Numbers sources for a worker: descriptors beside its job.
struct numbered_sources {
  static constexpr int first = 10;

  std::vector<std::pair<sys::shared_fd, int>> fds;

  int add(const sys::shared_fd& file) {
    auto number = first + static_cast<int>(fds.size());
    fds.emplace_back(file, number);
    return number;
  }

  object_source add(const opened_source& source) {
    auto out = object_source{add(source.file), source.bytes, source.sha256};
    for (const auto& [file, bytes] : source.parts)
      out.parts.push_back({add(file), bytes, ""});
    return out;
  }
};

} // namespace berth

BERTH_MESSAGE(berth::open_archives)
BERTH_MESSAGE(berth::opened_archives)
