#pragma once

#include "actors/git_cache/api.hpp"
#include "actors/git_cache/hands.hpp"
#include "actors/jobs/api.hpp"
#include "core/metrics/housekeeping.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace berth {

struct git_cache_deps {
  std::shared_ptr<const berth::settings> settings;
  mirror_disk_hands disk;
  job_hands job;
  std::function<int64_t()> now_ns;
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
};

/// What a mirror is called: by its URL, and for one that was fetched with
/// credentials by whose and which they are.
std::string mirror_key(const std::string& owner, const cloned_repository&);

class git_cache_state {
public:
  static inline const char* name = "git_cache";

  git_cache_state() {}

  void take_charge(git_cache_actor::pointer self, git_cache_deps deps);
  held_mirrors hold(const hold_mirrors&);
  void give_back(const give_back_mirrors&);
  void refresh(const refresh_mirrors&);
  caf::typed_response_promise<done> trim_for(const trim_mirrors&);
  void look();

private:
  struct mirror {
    uint64_t bytes = 0;
    int64_t used_ns = 0;
    int64_t fetched_ns = 0;
    size_t holders = 0;
    bool is_doomed = false;   ///< goes when nobody holds it any more
    bool is_fetching = false; ///< its directory is written to
  };

  /// A fetch that waits for its turn.
  struct fetch {
    std::string key;
    cloned_repository from;
    std::string password;
  };

  bool is_free(const mirror& it) const {
    return it.holders == 0 && !it.is_fetching;
  }
  void trim(bool all, const std::function<void()>& then);
  bool is_due(const std::string& key) const;
  void fetch_next();
  void run_fetch(const fetch&, const std::string& directory);
  void fetched(const fetch&, const mirror_outcome&);
  void not_fetched(const fetch&, const caf::error&);
  void fetch_ended();
  void adopt(const cached_tree&);
  void drop(const std::string& key, const std::function<void()>& then);
  std::vector<std::string> to_trim(bool all) const;
  uint64_t total() const;
  void tell() const;

  git_cache_actor::pointer self_ = nullptr;
  git_cache_deps deps_;
  std::map<std::string, mirror> mirrors_; ///< what is on disk, by key
  std::map<uint64_t, std::vector<std::string>> held_;
  uint64_t last_number_ = 0;
  std::deque<fetch> waiting_;
  std::string fetching_; ///< the key of the one fetch that is under way
  /// When a fetch failed, or gave more than may be kept: it waits for a while.
  std::map<std::string, int64_t> put_off_ns_;
};

git_cache_actor::behavior_type
git_cache(git_cache_actor::stateful_pointer<git_cache_state> self,
          git_cache_deps deps);

} // namespace berth
