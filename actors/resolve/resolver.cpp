#include "actors/resolve/resolver.hpp"

#include "actors/answer.hpp"
#include "actors/ask.hpp"
#include "core/builds/references.hpp"
#include "core/builds/registry_auth.hpp"

#include <algorithm>

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr auto store_limit = 1min;
constexpr auto file_limit = 1min;

/// If nobody calls it, whoever waits hears that too: at the end of the node.
template <class T>
std::function<void(result<T>)> deliver_to(caf::typed_response_promise<T> to) {
  auto asked = answer<T>{[to](result<T> outcome) mutable {
    if (outcome)
      to.deliver(std::move(*outcome));
    else
      to.deliver(std::move(outcome.error()));
  }};
  return [asked](result<T> outcome) { asked.settle(std::move(outcome)); };
}

caf::error with_prefix(const std::string& prefix, const caf::error& err) {
  return make_error(code_of(err), prefix + describe(err));
}

/// Why a registry was not heard, as the caller shall hear it.
caf::error unresolved(const caf::error& err) {
  auto code = code_of(err) == ec::timeout ? ec::unavailable : code_of(err);
  return make_error(code, "cannot resolve image: " + describe(err));
}

} // namespace

void resolver_state::take_charge(resolver_actor::pointer self,
                                 resolver_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
  registries_.take_charge(self, deps_);
}

caf::typed_response_promise<resolved_reference>
resolver_state::resolve(const resolve_reference& what) {
  auto promise = self_->make_response_promise<resolved_reference>();
  look_up(what, deliver_to(promise));
  return promise;
}

caf::typed_response_promise<base_found>
resolver_state::resolve(const resolve_base& what) {
  auto promise = self_->make_response_promise<base_found>();
  look_up_base(what, deliver_to(promise));
  return promise;
}

caf::typed_response_promise<workspace_image_found>
resolver_state::find(const find_workspace_image& what) {
  auto promise = self_->make_response_promise<workspace_image_found>();
  look_for(what, deliver_to(promise));
  return promise;
}

caf::typed_response_promise<workspace_image_found>
resolver_state::resolve(const resolve_workspace_image& what) {
  auto promise = self_->make_response_promise<workspace_image_found>();
  auto is_patient = what.use_retry_client;
  look_up_base(
    {what.source, what.auth, is_patient},
    [this, is_patient, then = deliver_to(promise)](result<base_found> base) {
      if (!base)
        return then(std::move(base.error()));
      look_for({base->reference, is_patient}, then);
    });
  return promise;
}

caf::typed_response_promise<registry_login>
resolver_state::find(const find_login& what) {
  auto promise = self_->make_response_promise<registry_login>();
  auto reference = parse_image_reference(what.reference);
  if (!reference)
    return promise.deliver(std::move(reference.error()));
  choose_login(*reference, what.auth, deliver_to(promise));
  return promise;
}

// -- references --------------------------------------------------------------

/// Nobody is sent to a host of this network that nobody configured.
bool resolver_state::may_ask(const image_reference& what) const {
  return !what.is_internal()
         || deps_.config->images.registries.contains(what.registry);
}

void resolver_state::look_up(const resolve_reference& what,
                             const continuation<resolved_reference>& then) {
  auto reference = parse_image_reference(what.reference);
  if (!reference)
    return then(
      with_prefix("cannot resolve base image ref: ", reference.error()));
  // It may drop the tag: the digest says more.
  if (!reference->digest.empty())
    reference->tag.clear();
  auto named = [reference = *reference, then](result<std::string> digest) {
    if (!digest)
      return then(unresolved(digest.error()));
    auto out = reference;
    out.tag.clear();
    out.digest = *digest;
    then(resolved_reference{out.canonical(), std::move(*digest)});
  };
  auto elsewhere = [=, this, reference = *reference, auth = what.auth,
                    is_patient = what.use_retry_client](const caf::error& err) {
    if (code_of(err) != ec::not_found)
      return named(err);
    if (!may_ask(reference))
      return named(
        make_error(ec::permission_denied,
                   "registry " + reference.registry + " is not configured"));
    choose_login(reference, auth, [=, this](result<registry_login> login) {
      if (!login)
        return then(unresolved(login.error()));
      registries_.ask(reference, *login, is_patient, named);
    });
  };
  // What was imported is what a workspace of that name runs, and a build is
  // based on; what was pulled may be another image at its registry by now.
  find_stored(*reference, !may_ask(*reference),
              [named, elsewhere](result<std::string> digest) {
                if (digest)
                  named(std::move(digest));
                else
                  elsewhere(digest.error());
              });
}

void resolver_state::look_up_base(const resolve_base& what,
                                  const continuation<base_found>& then) {
  if (auto* image = std::get_if<image_source>(&what.source))
    return look_up({image->reference, what.auth, what.use_retry_client},
                   [then](const result<resolved_reference>& found) {
                     if (!found)
                       return then(found.error());
                     then(base_found{found->reference});
                   });
  auto reference = base_reference(std::get<dockerfile_source>(what.source),
                                  deps_.config->images.base_repository);
  if (!reference)
    return then(with_prefix("cannot resolve base image: ", reference.error()));
  then(base_found{std::move(*reference)});
}

// -- workspace images --------------------------------------------------------

void resolver_state::look_for(const find_workspace_image& what,
                              const continuation<workspace_image_found>& then) {
  auto refuse = [then](const caf::error& err) {
    then(with_prefix("cannot resolve workspace image: ", err));
  };
  if (auto base = parse_image_reference(what.base_reference); !base)
    return refuse(base.error());
  auto name = workspace_reference(what.base_reference,
                                  deps_.config->images.workspace_repository);
  if (!name)
    return refuse(name.error());
  auto reference = parse_image_reference(*name);
  if (!reference)
    return refuse(reference.error());
  auto wanted = workspace_image_found{*name, what.base_reference, false};
  find_stored(*reference, true,
              [=, this, is_patient = what.use_retry_client](
                const result<std::string>& digest) mutable {
                wanted.exists = static_cast<bool>(digest);
                if (digest || !may_ask(*reference))
                  return then(wanted);
                look_at_registry(wanted, is_patient, then);
              });
}

void resolver_state::look_at_registry(
  const workspace_image_found& wanted, bool is_patient,
  const continuation<workspace_image_found>& then) {
  auto reference = *parse_image_reference(wanted.reference);
  auto refuse = [then](const caf::error& err) {
    auto code = code_of(unresolved(err)) == ec::unavailable ? ec::unavailable
                                                            : ec::internal;
    then(make_error(code, "cannot resolve workspace image: " + describe(err)));
  };
  auto everything = build_auth{};
  everything.all = true;
  choose_login(reference, everything, [=, this](result<registry_login> login) {
    if (!login)
      return refuse(login.error());
    registries_.ask(reference, *login, is_patient,
                    [=](const result<std::string>& digest) {
                      if (!digest && code_of(digest.error()) != ec::not_found)
                        return refuse(digest.error());
                      auto found = wanted;
                      found.exists = static_cast<bool>(digest);
                      then(found);
                    });
  });
}

void resolver_state::find_stored(const image_reference& what, bool is_any,
                                 const continuation<std::string>& then) {
  ask_actor(self_, deps_.images, store_limit, list_images{})
    .then(
      [what, is_any, then](const image_list& known) {
        auto is_it = [&](const stored_image& image) {
          if (!is_any && !image.imported)
            return false;
          auto name = parse_image_reference(image.name);
          return (name && *name == what)
                 || (!what.digest.empty() && what.digest == image.digest);
        };
        auto found
          = std::find_if(known.images.begin(), known.images.end(), is_it);
        if (found == known.images.end())
          return then(make_error(ec::not_found, "no such image here"));
        then(found->digest);
      },
      [then](const caf::error& err) { then(err); });
}

// -- registries --------------------------------------------------------------

void resolver_state::choose_login(const image_reference& what,
                                  const build_auth& auth,
                                  const continuation<registry_login>& then) {
  auto own = additional_login(auth, what.registry).value_or(registry_login{});
  const auto& known = deps_.config->images.registries;
  auto found = known.find(what.registry);
  if (found == known.end() || found->second.auth_file.empty()
      || !may_use_installation(auth, what.registry, *deps_.config))
    return then(std::move(own));
  ask_actor(self_, deps_.logins(), file_limit,
            read_login{found->second.auth_file, what})
    .then([own, then](
            const installation_login& read) { then(read.login.value_or(own)); },
          [then](const caf::error& err) { then(err); });
}

resolver_actor::behavior_type
resolver(resolver_actor::stateful_pointer<resolver_state> self,
         resolver_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const resolve_reference& what) { return self->state.resolve(what); },
    [self](const resolve_base& what) { return self->state.resolve(what); },
    [self](const find_workspace_image& what) { return self->state.find(what); },
    [self](const resolve_workspace_image& what) {
      return self->state.resolve(what);
    },
    [self](const find_login& what) { return self->state.find(what); },
  };
}

} // namespace berth
