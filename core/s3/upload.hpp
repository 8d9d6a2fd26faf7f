#pragma once

#include "core/s3/bucket.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace berth::s3 {

/// Brings files into a bucket: whole, or in parts that go side by side. Memory
/// does not grow with them: each part is read twice, for its digests and for
/// the wire. Thread-safe; calls block.
class uploader {
public:
  explicit uploader(bucket& to) : bucket_(to) {}

  /// The first `bytes` bytes of `fd` are the object `key` when this returns:
  /// the store was asked for its length and for its etag or, where that is no
  /// md5, for every byte. On an error no upload is left behind, unless the
  /// store cannot be reached.
  result<void> put(const std::string& key, int fd, uint64_t bytes,
                   deadline until);

  /// Within the store; `bytes` is how long `from` is.
  result<void> copy(const std::string& from, const std::string& to,
                    uint64_t bytes, deadline until);

  /// Ends uploads to keys that `is_ours`, begun before `before`, that are none
  /// of this process.
  result<void> sweep(const std::string& prefix, wall_time before,
                     const std::function<bool(const std::string&)>& is_ours,
                     deadline until);

private:
  struct part {
    file_range range;
    std::string sha256, md5; ///< hex
    std::string etag;
    std::string from = {}; ///< the key whose bytes they are, if not the file's
  };
  using part_step = result<void> (uploader::*)(const listed_upload&, part&,
                                               size_t number, deadline until);

  result<void> put_whole(const std::string& key, part& only, deadline until);
  result<void> put_in_parts(const std::string& key, std::vector<part>& parts,
                            part_step send, deadline until);
  result<listed_upload> begin(const std::string& key, deadline until);
  result<void> send_part(const listed_upload&, part&, size_t number,
                         deadline until);
  result<void> copy_part(const listed_upload&, part&, size_t number,
                         deadline until);
  result<void> send_parts(const listed_upload&, std::vector<part>&,
                          part_step send, deadline until);
  result<void> complete(const listed_upload&, const std::vector<part>&,
                        deadline until);
  result<void> verify(const std::string& key, const std::vector<part>&,
                      deadline until);
  result<void> read_back(const std::string& key, const std::string& etag,
                         const std::vector<part>&, deadline until);

  bucket& bucket_;
  std::mutex mutex_;
  std::set<std::string> under_way_; ///< ids of uploads of this process
};

} // namespace berth::s3
