#include "actors/builds/build_decision.hpp"

#include "actors/ask.hpp"
#include "core/images/reference.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto question_limit = 3min;

/// Whether we pushed it, or somebody who may push what we believe: with our own
/// credentials nothing else is fetched for anybody who asks.
bool is_base_of_ours(const std::string& name, const settings& all) {
  auto image = parse_image_reference(name);
  auto ours = parse_image_reference(all.images.base_repository);
  return image && ours && image->registry == ours->registry
         && image->repository == ours->repository;
}

} // namespace

void build_decision_state::take_charge(build_decision_actor::pointer self,
                                       build_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<build_decided>
build_decision_state::begin(const decide_build& what) {
  what_ = what.what;
  promise_ = self_->make_response_promise<build_decided>();
  decided_.source = what_.source;
  decided_.auth = what_.auth;
  if (!what_.resolved_base.empty() && !what_.force)
    look_at_resolved_base();
  else
    resolve_source();
  return promise_;
}

/// The client knows what an earlier build was based on.
void build_decision_state::look_at_resolved_base() {
  ask_actor(self_, deps_.resolver, question_limit,
            find_workspace_image{what_.resolved_base, what_.use_retry_client})
    .then(
      [this](const workspace_image_found& it) {
        if (it.exists)
          found(it);
        else
          resolve_given_base();
      },
      [this](const caf::error& err) { refuse(err); });
}

/// If it is still there, nothing has to be built of the Dockerfile; if not,
/// that is no failure.
void build_decision_state::resolve_given_base() {
  auto auth = decided_.auth;
  auth.base_repository
    = auth.base_repository
      || is_base_of_ours(what_.resolved_base, *deps_.settings);
  ask_actor(
    self_, deps_.resolver, question_limit,
    resolve_reference{what_.resolved_base, auth, what_.use_retry_client})
    .then(
      [this, auth](const resolved_reference& it) {
        decided_.source = image_source{it.reference};
        decided_.auth = auth;
        resolve_source();
      },
      [this](const caf::error&) { resolve_source(); });
}

void build_decision_state::resolve_source() {
  ask_actor(self_, deps_.resolver, question_limit,
            resolve_workspace_image{decided_.source, decided_.auth,
                                    what_.use_retry_client})
    .then([this](const workspace_image_found& it) { found(it); },
          [this](const caf::error& err) { refuse(err); });
}

void build_decision_state::found(const workspace_image_found& it) {
  decided_.reference = it.reference;
  decided_.base_reference = it.base_reference;
  auto is_file = std::holds_alternative<dockerfile_source>(decided_.source);
  if (!is_file)
    decided_.source = image_source{it.base_reference};
  if (it.exists && !what_.force)
    find_digest();
  else if (is_file && !what_.force)
    find_base();
  else
    finish();
}

/// The Dockerfile may have been built though its workspace image was not, or is
/// gone. Whoever may build it may have that, whose name we made.
void build_decision_state::find_base() {
  auto own = build_auth{};
  own.all = true;
  ask_actor(
    self_, deps_.resolver, question_limit,
    resolve_reference{decided_.base_reference, own, what_.use_retry_client})
    .then(
      [this](const resolved_reference& it) {
        decided_.source = image_source{it.reference};
        decided_.auth.base_repository = true;
        finish();
      },
      [this](const caf::error&) { finish(); });
}

/// Of what is there: on this node, else at the registry.
void build_decision_state::find_digest() {
  auto own = build_auth{};
  own.all = true;
  auto ask_registry = [this, own](const caf::error&) {
    ask_actor(
      self_, deps_.resolver, question_limit,
      resolve_reference{decided_.reference, own, what_.use_retry_client})
      .then(
        [this](const resolved_reference& it) {
          decided_.digest = it.digest;
          finish();
        },
        [this](const caf::error& err) { refuse(err); });
  };
  ask_actor(self_, deps_.images, question_limit,
            resolve_image{decided_.reference, nullptr, true})
    .then(
      [this](const stored_image& image) {
        decided_.digest = image.digest;
        finish();
      },
      ask_registry);
}

void build_decision_state::finish() {
  promise_.deliver(std::move(decided_));
  self_->quit();
}

void build_decision_state::refuse(const caf::error& err) {
  promise_.deliver(err);
  self_->quit();
}

build_decision_actor::behavior_type build_decision(
  build_decision_actor::stateful_pointer<build_decision_state> self,
  build_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const decide_build& what) { return self->state.begin(what); },
  };
}

} // namespace berth
