#include "actors/images/image_store.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

namespace {

using namespace std::chrono_literals;

/// The layer that every image gets on top, which is made anew each time.
bool is_finish(const std::string& layer) {
  return layer.starts_with("finish-");
}

/// Builds under one name that are kept beside the newest.
constexpr size_t most_earlier = 5;

} // namespace

void image_store_state::take_charge(image_store_actor::pointer self,
                                    image_deps deps,
                                    const std::vector<stored_image>& images) {
  self_ = self;
  deps_ = std::move(deps);
  for (const auto& image : images)
    images_[image.name] = image;
  look_around();
}

/// What an earlier berthd left half done goes; complete layers stay: they save
/// a pull their unpacking.
void image_store_state::look_around() {
  auto layout = deps_.layout();
  ask_actor(self_, deps_.layers(), layer_limit,
            list_layers{layout.layers(), layout.blobs()})
    .then(
      [this](layer_listing& found) {
        present_ = std::move(found.present);
        next_tag_ = static_cast<uint64_t>(found.now_ns);
        for (auto& path : found.leftovers)
          tell_actor(deps_.file(), remove_tree{path});
        removal_ended();
      },
      [this](const caf::error& err) {
        log_error("layers-unreadable", "", describe(err));
        removal_ended();
      });
}

bool image_store_state::is_whole(const stored_image& image) const {
  return std::all_of(
    image.layers.begin(), image.layers.end(),
    [this](const auto& layer) { return present_.contains(layer); });
}

bool image_store_state::is_configured(const image_reference& reference) const {
  return deps_.settings->images.registries.contains(reference.registry);
}

/// By its very name, else by any way to write it, else by digest.
const stored_image*
image_store_state::find(const std::string& reference) const {
  auto exact = images_.find(reference);
  if (exact != images_.end() && is_whole(exact->second))
    return &exact->second;
  auto wanted = parse_image_reference(reference);
  if (!wanted)
    return nullptr;
  for (const auto& [name, image] : images_) {
    auto known = parse_image_reference(name);
    auto matches
      = (known && *known == *wanted)
        || (!wanted->digest.empty() && wanted->digest == image.digest);
    if (matches && is_whole(image))
      return &image;
  }
  return nullptr;
}

caf::typed_response_promise<stored_image>
image_store_state::resolve(const resolve_image& what) {
  auto promise = self_->make_response_promise<stored_image>();
  auto attempt = [this, what, promise]() mutable {
    if (auto* known = find(what.reference)) {
      promise.deliver(*known);
      return unpacking_ended();
    }
    auto reference = parse_image_reference(what.reference);
    if (!reference)
      promise.deliver(reference.error());
    else if (what.local_only
             || (is_local_repository(what.reference)
                 && !is_configured(*reference)))
      promise.deliver(make_error(ec::not_found, "no image " + what.reference));
    else if (reference->is_internal() && !is_configured(*reference))
      promise.deliver(
        make_error(ec::permission_denied,
                   "registry " + reference->registry + " is not configured"));
    else {
      auto& waiting = pulls_[reference->canonical()];
      waiting.push_back(promise);
      if (waiting.size() == 1)
        return pull(*reference, what.on_progress);
    }
    unpacking_ended();
  };
  begin_unpacking(attempt);
  return promise;
}

void image_store_state::pull(const image_reference& reference,
                             std::function<void(std::string)> on_progress) {
  auto key = reference.canonical();
  auto what = unpack_image{};
  what.name = key;
  what.reference = reference;
  what.on_progress = std::move(on_progress);
  log_info("image-pull", key);
  unpack(std::move(what),
         [this, key](result<stored_image> outcome) { pulled(key, outcome); });
}

void image_store_state::pulled(const std::string& reference,
                               const result<stored_image>& outcome) {
  auto waiting = std::move(pulls_[reference]);
  pulls_.erase(reference);
  auto why = caf::error{};
  if (!outcome) {
    auto said = describe(outcome.error());
    log_warning("image-pull-failed", reference, said);
    why = make_error(code_of(outcome.error()), reference + ": " + said);
  }
  for (auto& each : waiting)
    if (outcome)
      each.deliver(*outcome);
    else
      each.deliver(why);
}

caf::typed_response_promise<stored_image>
image_store_state::import(const import_image& what) {
  auto promise = self_->make_response_promise<stored_image>();
  if (auto name = parse_image_reference(what.name); !name)
    return promise.deliver(name.error());
  begin_unpacking([this, what, promise] {
    auto reply = [promise](result<stored_image> outcome) mutable {
      if (outcome)
        promise.deliver(std::move(*outcome));
      else
        promise.deliver(std::move(outcome.error()));
    };
    if (!what.same_as.empty())
      return name_again(what, reply);
    auto job = unpack_image{};
    job.name = what.name;
    job.archive = what.archive;
    job.layout = what.layout;
    unpack(std::move(job), reply);
  });
  return promise;
}

void image_store_state::name_again(
  const import_image& what, std::function<void(result<stored_image>)> then) {
  auto* known = find(what.same_as);
  if (!known) {
    then(make_error(ec::not_found, "no image " + what.same_as));
    return unpacking_ended();
  }
  auto image = *known;
  image.name = what.name;
  image.imported = true;
  keep(image, std::move(then));
}

// -- unpacking ---------------------------------------------------------------

void image_store_state::begin_unpacking(step begin) {
  if (removals_ != 0)
    return waiting_.push_back(std::move(begin));
  ++unpackings_;
  begin();
}

void image_store_state::unpacking_ended() {
  --unpackings_;
  collect();
}

void image_store_state::unpack(unpack_image what,
                               std::function<void(result<stored_image>)> then) {
  what.tag = std::to_string(next_tag_++);
  for (const auto& layer : present_)
    if (!is_finish(layer))
      what.have.push_back(layer);
  ask_actor(self_, self_->spawn(unpacking, deps_),
            unpack_limit + layer_limit + 10min, std::move(what))
    .then([this, then](const stored_image& image) { keep(image, then); },
          [this, then](const caf::error& err) {
            then(err);
            unpacking_ended();
          });
}

void image_store_state::keep(const stored_image& image,
                             std::function<void(result<stored_image>)> then) {
  present_.insert(image.layers.begin(), image.layers.end());
  keep_earlier(image);
  ask_actor(self_, deps_.store, 1min, put_image{image})
    .then(
      [this, image, then](const stored&) {
        auto& known = images_[image.name];
        candidates_.insert(known.layers.begin(), known.layers.end());
        known = image;
        drop_earliest(image.name);
        then(image);
        unpacking_ended();
      },
      [this, image, then](const caf::error& err) {
        candidates_.insert(image.layers.begin(), image.layers.end());
        then(err);
        unpacking_ended();
      });
}

/// What was built here is at no registry, and somebody may have been told its
/// digest: a workspace that stopped starts again with that. So it goes on under
/// a name of its own when the name that it was built for is another one's.
void image_store_state::keep_earlier(const stored_image& next) {
  auto was = images_.find(next.name);
  if (was == images_.end() || !was->second.imported
      || !is_local_repository(next.name) || was->second.digest == next.digest)
    return;
  auto earlier = was->second;
  earlier.name += "@" + earlier.digest;
  tell_actor(deps_.store, put_image{earlier});
  images_[earlier.name] = earlier;
}

void image_store_state::drop_earliest(const std::string& name) {
  auto by_age = std::vector<std::pair<int64_t, std::string>>{};
  for (auto at = images_.lower_bound(name + "@");
       at != images_.end() && at->first.starts_with(name + "@"); ++at)
    by_age.emplace_back(at->second.created_ns, at->first);
  std::ranges::sort(by_age);
  for (size_t i = 0; i + most_earlier < by_age.size(); ++i) {
    tell_actor(deps_.store, drop_image{by_age[i].second});
    forget(by_age[i].second);
  }
}

void image_store_state::forget(const std::string& name) {
  auto gone = images_.extract(name);
  if (gone)
    candidates_.insert(gone.mapped().layers.begin(),
                       gone.mapped().layers.end());
}

/// Of what builds are told: a repository and a digest.
std::vector<std::string>
image_store_state::names_by_digest(const std::string& reference) const {
  auto found = std::vector<std::string>{};
  auto wanted = parse_image_reference(reference);
  if (!wanted || wanted->digest.empty())
    return found;
  for (const auto& [name, image] : images_) {
    auto known = parse_image_reference(name);
    if (!known || known->registry != wanted->registry
        || known->repository != wanted->repository
        || image.digest != wanted->digest)
      continue;
    found.push_back(name);
  }
  return found;
}

// -- what is used ------------------------------------------------------------

image_list image_store_state::list() const {
  auto out = image_list{};
  for (const auto& [name, image] : images_)
    out.images.push_back(image);
  return out;
}

caf::typed_response_promise<done>
image_store_state::remove(const std::string& what) {
  auto promise = self_->make_response_promise<done>();
  auto names
    = images_.contains(what) ? std::vector{what} : names_by_digest(what);
  if (names.empty())
    return promise.deliver(make_error(ec::not_found, "no image " + what));
  auto name = names.front();
  if (names.size() > 1)
    return promise.deliver(make_error(
      ec::failed_precondition,
      what + " has several names, of which one has to be said: " + name + ", "
        + names[1] + (names.size() > 2 ? ", ..." : "")));
  ask_actor(self_, deps_.store, 1min, drop_image{name})
    .then(
      [this, name, promise](const stored&) mutable {
        forget(name);
        promise.deliver(done{});
        collect();
      },
      [promise](const caf::error& err) mutable { promise.deliver(err); });
  return promise;
}

void image_store_state::hold(const hold_layers& what) {
  held_[what.holder] = what.layers;
}

void image_store_state::drop(const std::string& holder) {
  auto gone = held_.extract(holder);
  if (!gone)
    return;
  candidates_.insert(gone.mapped().begin(), gone.mapped().end());
  collect();
}

bool image_store_state::is_used(const std::string& layer) const {
  auto has = [&](const std::vector<std::string>& layers) {
    return std::find(layers.begin(), layers.end(), layer) != layers.end();
  };
  return std::any_of(images_.begin(), images_.end(),
                     [&](const auto& it) { return has(it.second.layers); })
         || std::any_of(held_.begin(), held_.end(),
                        [&](const auto& it) { return has(it.second); });
}

void image_store_state::collect() {
  if (unpackings_ != 0 || removals_ != 0)
    return;
  for (const auto& layer : std::exchange(candidates_, {}))
    if (present_.contains(layer) && !is_used(layer))
      remove_layer(layer);
}

/// Out of its name first: half a layer must never pass for one.
void image_store_state::remove_layer(const std::string& layer) {
  ++removals_;
  present_.erase(layer);
  auto trash
    = deps_.layout().layers() / (".trash-" + std::to_string(next_tag_++));
  ask_actor(self_, deps_.file(), 1min,
            move_tree{deps_.layout().layer(layer), trash})
    .then(
      [this, trash](const done&) {
        tell_actor(deps_.file(), remove_tree{trash});
        removal_ended();
      },
      [this, layer](const caf::error& err) {
        log_warning("layer-not-removed", layer, describe(err));
        removal_ended();
      });
}

void image_store_state::removal_ended() {
  if (--removals_ != 0)
    return;
  for (auto& begin : std::exchange(waiting_, {}))
    begin_unpacking(std::move(begin));
}

image_store_actor::behavior_type
image_store(image_store_actor::stateful_pointer<image_store_state> self,
            image_deps deps, std::vector<stored_image> images) {
  self->state.take_charge(self, std::move(deps), images);
  return {
    [self](const resolve_image& what) { return self->state.resolve(what); },
    [self](const import_image& what) { return self->state.import(what); },
    [self](list_images) { return self->state.list(); },
    [self](const remove_image& what) { return self->state.remove(what.name); },
    [self](const hold_layers& what) { self->state.hold(what); },
    [self](const drop_layers& what) { self->state.drop(what.holder); },
  };
}

} // namespace berth
