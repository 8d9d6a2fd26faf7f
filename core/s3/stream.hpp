#pragma once

#include "core/s3/bucket.hpp"
#include "sys/fd.hpp"

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace berth::s3 {

/// Objects as descriptors that others read: sockets, each filled by a thread,
/// which goes on at the byte where a transfer broke.
///
/// Who reads to the end of file has read the whole object. A stream that
/// cannot be brought to its end, whatever the reason and be it the death of
/// this process, ends with ECONNRESET instead: in the writing end lies one
/// byte that is taken out only after the last byte of the object was written,
/// and a unix socket that is closed over unread bytes resets its peer.
class object_streams {
public:
  explicit object_streams(bucket& from) : bucket_(from) {}

  /// Waits for the threads; the stop signal or their readers' end ends them.
  ~object_streams();

  /// The object `key` as it is under `there.etag`; never a later one.
  result<sys::fd> open(const std::string& key, const object_head& there);

private:
  struct running {
    std::atomic<bool> is_over = false;
    std::jthread thread; ///< last: it uses the others
  };

  void feed(const std::string& key, const object_head& there,
            const sys::fd& to);

  bucket& bucket_;
  std::mutex mutex_;
  std::list<running> running_;
};

} // namespace berth::s3
