#pragma once

#include "actors/builds/deps.hpp"
#include "actors/builds/registry_brain.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace berth {

/// Layers of earlier builds, by cache key. One build at a time works on a
/// cache; what was not used for longest goes when all are too large together.
/// Names on disk are the record: a cache has its name before the first byte is
/// in it, and loses it before the first one goes. Part of the registry.
class build_caches {
public:
  using step = std::function<void()>;

  /// `on_free`: builds that wait for a cache may look again.
  void take_charge(build_registry_brain::pointer self, const build_deps&,
                   step on_free);

  /// Finds out what an earlier berthd left.
  void look_around(const step& then);

  bool is_free(const std::string& key) const;

  /// Takes it for a build.
  cache_contents take(const std::string& key);

  /// After a build that ended by itself.
  void give_back(const std::string& key, cache_contents);

  /// What is in it may be half written. Nobody has it before it is gone.
  void drop(const std::string& key, const step& then);

  /// Those that no build works with; `then` when all of them are gone, and
  /// those that were on their way out before.
  void drop_unused(const step& then);

private:
  struct cache {
    uint64_t bytes = 0;
    int64_t used_ns = 0;
    bool is_used = false; ///< by a build, or on its way out
    cache_contents contents;
  };

  void measure(const std::string& key);
  void removed(const step& then);
  void adopt(const cached_tree&);
  void trim();
  void tell() const;

  build_registry_brain::pointer self_ = nullptr;
  build_deps deps_;
  step on_free_;
  std::map<std::string, cache> caches_;
  size_t removals_ = 0; ///< under way
  std::vector<step> after_removals_;
};

} // namespace berth
