#pragma once

#include "actors/resolve/api.hpp"
#include "actors/resolve/deps.hpp"
#include "core/images/reference.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace berth {

/// What registries are being asked: equal questions that overlap are asked
/// once, and only so many at a time. Part of the resolver.
class registry_questions {
public:
  using hearer = std::function<void(const result<std::string>& digest)>;

  void take_charge(resolver_actor::pointer self, resolver_deps deps);

  /// The digest of the image for this machine. `is_patient`: what may pass is
  /// tried again.
  void ask(const image_reference&, const registry_login&, bool is_patient,
           hearer);

private:
  struct question {
    run_job job;
    std::vector<hearer> hearers;
  };

  run_job job_for(const image_reference&, const registry_login&,
                  bool is_patient) const;
  void ask_next();
  void answered(const std::string& key, const result<std::string>& digest);

  resolver_actor::pointer self_ = nullptr;
  resolver_deps deps_;
  std::map<std::string, question> open_; ///< by all that they say
  std::deque<std::string> queue_;        ///< keys of those not yet asked
  size_t asking_ = 0;
};

} // namespace berth
