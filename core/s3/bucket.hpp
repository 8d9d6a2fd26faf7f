#pragma once

#include "core/s3/client.hpp"
#include "model/error.hpp"
#include "model/workspace.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace berth::s3 {

struct object_head {
  uint64_t bytes = 0;
  std::string etag; ///< as the store writes it, mostly in quotes
};

struct small_object {
  std::string text;
  std::string etag;
};

struct listed_object {
  std::string key;
  uint64_t bytes = 0;
  wall_time changed{};
};

struct listed_upload {
  std::string key;
  std::string id;
  wall_time begun{};
};

/// What a replaced object must have been: its etag, or that there was none.
struct condition {
  enum class kind { none, absent, etag } what = kind::none;
  std::string etag = {};
};

/// Objects of one bucket. Errors as of `client::send`; what an answer must
/// have and has not is `data_loss`.
class bucket {
public:
  explicit bucket(client& via) : client_(via) {}

  result<object_head> head(const std::string& key, deadline until) const;

  /// Whole and checked against its md5, where the store tells that.
  result<small_object> get(const std::string& key, deadline until) const;

  /// `aborted` if `only_if` does not hold. Stores that know no conditions are
  /// asked without.
  result<void> put(const std::string& key, const std::string& text,
                   const condition& only_if, deadline until);

  /// Gone already: no error.
  result<void> remove(const std::string& key, deadline until);

  /// Within the store; objects of up to 5 GiB: see `uploader::copy`.
  result<void> copy(const std::string& from, const std::string& to,
                    deadline until);

  /// At most `most` of those whose key begins with `prefix`, by key.
  result<std::vector<listed_object>> list(const std::string& prefix,
                                          size_t most, deadline until) const;

  /// Uploads in parts that nobody completed yet.
  result<std::vector<listed_upload>> uploads(const std::string& prefix,
                                             deadline until) const;

  /// Gone already: no error.
  result<void> abort(const listed_upload&, deadline until);

  client& via() const { return client_; }

private:
  client& client_;
  std::atomic<bool> knows_conditions_ = true;
};

/// The md5 that an etag is, in hex; empty where it is something else.
std::string plain_md5(const std::string& etag);

} // namespace berth::s3
