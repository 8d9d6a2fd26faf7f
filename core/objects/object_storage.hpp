#pragma once

#include "core/objects/object_names.hpp"
#include "core/objects/staging.hpp"
#include "model/archive.hpp"
#include "model/error.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace berth {

/// One stored archive, as it was when it was published.
struct object_info {
  std::string file; ///< last part of its key
  uint64_t bytes = 0;
  std::string sha256; ///< hex; empty: unknown (an object written by others)
  uint64_t entries = 0;
  int64_t created_ns = 0;
  uint64_t generation = 0; ///< counts a workspace's backups from 1; else 0
  /// Earlier objects of the same owner without which it is not whole.
  std::vector<archive_part> needs = {};
};

struct opened_object {
  /// At its start; read once, from there on: it may be no file. Its end is the
  /// object's end; what could not be read whole ends with an error.
  sys::fd content;
  object_info info;
  std::vector<sys::fd> parts = {}; ///< those of `info.needs`, in their order
};

/// Where archives live. Nothing becomes visible before it is complete and on
/// disk, and what is visible never changes. All calls block.
class object_storage {
public:
  explicit object_storage(staging_directory staging,
                          bucket_scheme scheme = bucket_scheme{})
    : staging_(std::move(staging)), scheme_(std::move(scheme)) {}
  virtual ~object_storage() = default;

  /// How its objects are called.
  const bucket_scheme& scheme() const { return scheme_; }

  /// Where what is to be published is filled.
  const staging_directory& staging() const { return staging_; }

  /// The kept backups, newest first; none is no error.
  virtual result<std::vector<object_info>>
  generations(const object_owner&) const = 0;

  /// The newest backup; `not_found` if there is none, `data_loss` if it, or
  /// what it needs, is gone or has not the length that was published.
  virtual result<opened_object> open_backup(const object_owner&) const = 0;

  /// Any object by name; errors as above.
  virtual result<opened_object> open(const object_name&) const = 0;

  /// Makes `staged` the newest backup; earlier ones beyond those to be kept
  /// are removed, unless one of those needs them. `what` says length, digest,
  /// entries, time and what it needs: `not_found` if that is not kept, or not
  /// whole.
  virtual result<object_name> publish_backup(const object_owner&,
                                             const staged_object& staged,
                                             object_info what)
    = 0;

  virtual result<object_name> publish_snapshot(const object_owner&,
                                               const staged_object& staged,
                                               object_info what)
    = 0;

  /// Keeps `staged` as the log of a task of an instance, in place of an earlier
  /// one. `invalid_argument` for what is no id.
  virtual result<void>
  publish_log(const object_owner&, const std::string& instance,
              const std::string& task, const staged_object& staged)
    = 0;

  /// Whether it answers, lets us in, and, if it is a directory, takes anything;
  /// a matter of seconds.
  virtual result<void> probe() const = 0;

  /// For the end of the service: calls that wait for somebody else, now and
  /// from now on, end with `cancelled`, and so do descriptors that are not
  /// read to their end.
  virtual void stop() {}

private:
  staging_directory staging_;
  bucket_scheme scheme_;
};

} // namespace berth
