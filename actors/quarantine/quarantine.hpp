#pragma once

#include "actors/content/api.hpp"
#include "actors/quarantine/hands.hpp"
#include "core/metrics/housekeeping.hpp"
#include "core/published_records.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <set>
#include <string>

namespace berth {

struct quarantine_deps {
  std::shared_ptr<const berth::settings> settings;
  quarantine_hands hands;
  content_actor content;
  std::shared_ptr<const published_records> published;
  std::function<int64_t()> now_ns;
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
};

class quarantine_state {
public:
  static inline const char* name = "quarantine";

  quarantine_state() {}

  void take_charge(quarantine_actor::pointer self, quarantine_deps deps);
  caf::typed_response_promise<quarantine_listing> list();
  void restore(const restore_quarantined&);
  void remove(const remove_quarantined&);
  void look_after();

private:
  /// Takes hold of an entry; false if somebody else has it, who is refused.
  template <class T>
  bool seize(const std::string& name, const answer<T>& to);
  void archive(const restore_quarantined&, const quarantined_content&);
  void note(const restore_quarantined&, const std::string& backup);
  void remove_kept(const quarantine_listing&);
  void count();
  caf::error refusal(const content_id&) const;
  std::string directory_of(const std::string& name) const;

  quarantine_actor::pointer self_ = nullptr;
  quarantine_deps deps_;
  std::set<std::string> busy_; ///< entries that are being worked on
};

quarantine_actor::behavior_type
quarantine(quarantine_actor::stateful_pointer<quarantine_state> self,
           quarantine_deps deps);

} // namespace berth
