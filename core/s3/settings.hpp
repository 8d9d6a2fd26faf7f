#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace berth::s3 {

/// How long and how hard a store is tried.
struct patience {
  using ms = std::chrono::milliseconds;
  ms connect{10'000};
  ms stall{30'000}; ///< a transfer that stands still so long is broken
  ms first_pause{500};
  ms longest_pause{15'000};
  ms gap{1'000};               ///< between requests to a store that is down
  ms reading{40'000};          ///< what a call that only looks may take in all
  ms writing{20 * 60'000};     ///< and one that stores an archive
  ms abandoned{2 * 3'600'000}; ///< age of an upload that nobody goes on with
  uint64_t part_bytes = uint64_t{16} << 20;  ///< of uploads in parts; at least
  uint64_t longest_copy = uint64_t{5} << 30; ///< in one request
  uint32_t parallel = 4;                     ///< parts under way at once
};

/// A bucket of a store and how it is reached.
struct settings {
  std::string endpoint; ///< scheme://host[:port]
  std::string region;
  std::string bucket;
  std::filesystem::path access_key_file, secret_key_file; ///< read at each use
  bool path_style = true;
  std::filesystem::path ca_file; ///< who may vouch for it; empty: the system's
  patience limits;
};

} // namespace berth::s3
