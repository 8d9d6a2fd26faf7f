#pragma once

#include "core/objects/generation_marks.hpp"
#include "core/objects/object_storage.hpp"
#include "core/s3/bucket.hpp"

#include <string>
#include <vector>

namespace berth {

/// The kept backups as their list was read.
struct backup_list {
  std::vector<object_info> kept; ///< newest first
  s3::condition was; ///< what the list must still be when it is replaced
};

/// What a bucket holds of whom, by the lists and manifests in it.
class s3_catalog {
public:
  s3_catalog(s3::bucket& in, bucket_scheme scheme, const generation_marks& seen)
    : bucket_(in), scheme_(std::move(scheme)), seen_(seen) {}

  std::string key(const object_name& name) const { return scheme_.key(name); }
  std::string manifest_key(const object_name&) const;
  std::string list_key(const object_owner&) const;

  /// A backup of others, where there is no list: the only one, digest unknown.
  /// `data_loss` if the store shows an earlier list than it did before.
  result<backup_list> read_list(const object_owner&, s3::deadline until) const;

  /// What was written down of an archive; `not_found` if it never was
  /// published.
  result<object_info> recorded(const object_name&, s3::deadline until) const;

private:
  result<backup_list> shown_list(const object_owner&, s3::deadline until) const;
  result<std::vector<object_info>> foreign_backup(const object_owner&,
                                                  s3::deadline until) const;

  s3::bucket& bucket_;
  bucket_scheme scheme_;
  const generation_marks& seen_;
};

} // namespace berth
