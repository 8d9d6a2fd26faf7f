#pragma once

#include "actors/resolve/api.hpp"
#include "actors/resolve/deps.hpp"
#include "actors/resolve/registry_questions.hpp"
#include "core/images/reference.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <string>

namespace berth {

class resolver_state {
public:
  static inline const char* name = "resolver";

  resolver_state() {}

  void take_charge(resolver_actor::pointer self, resolver_deps deps);

  caf::typed_response_promise<resolved_reference>
  resolve(const resolve_reference&);
  caf::typed_response_promise<base_found> resolve(const resolve_base&);
  caf::typed_response_promise<workspace_image_found>
  find(const find_workspace_image&);
  caf::typed_response_promise<workspace_image_found>
  resolve(const resolve_workspace_image&);
  caf::typed_response_promise<registry_login> find(const find_login&);

private:
  template <class T>
  using continuation = std::function<void(result<T>)>;

  void look_up(const resolve_reference&,
               const continuation<resolved_reference>& then);
  void look_up_base(const resolve_base&, const continuation<base_found>& then);
  void look_for(const find_workspace_image&,
                const continuation<workspace_image_found>& then);
  void look_at_registry(const workspace_image_found& wanted, bool is_patient,
                        const continuation<workspace_image_found>& then);
  /// The digest of an image of this node that has this name; pulled ones
  /// count if `is_any`.
  void find_stored(const image_reference&, bool is_any,
                   const continuation<std::string>& then);
  void choose_login(const image_reference&, const build_auth&,
                    const continuation<registry_login>& then);
  bool may_ask(const image_reference&) const;

  resolver_actor::pointer self_ = nullptr;
  resolver_deps deps_;
  registry_questions registries_;
};

resolver_actor::behavior_type
resolver(resolver_actor::stateful_pointer<resolver_state> self,
         resolver_deps deps);

} // namespace berth
