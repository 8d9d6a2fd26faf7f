#pragma once

#include "app/berth-worker/beneath.hpp"

#include <set>
#include <string>
#include <vector>

namespace berth::worker {

/// One unpacked layer.
struct layer_view {
  int directory = -1;
  std::set<std::string> opaque;
};

/// What an overlay of layers would show, without mounting it.
class merged_view {
public:
  /// `layers`: top-most first.
  explicit merged_view(std::vector<layer_view> layers)
    : layers_(std::move(layers)) {}

  enum class kind { absent, directory, file, other };

  /// What is at the inner path; `other` as well for anything below something
  /// that is no directory. Symbolic links are not followed.
  kind at(const std::string& path) const;

  /// The text of a regular file, empty if there is none; at most 1 MiB.
  result<std::string> read(const std::string& path) const;

private:
  struct found {
    kind what = kind::absent;
    int layer = -1; ///< the directory it is in
  };
  found find(const std::string& path) const;

  std::vector<layer_view> layers_;
};

} // namespace berth::worker
