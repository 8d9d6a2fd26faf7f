#pragma once

#include "actors/images/api.hpp"
#include "actors/images/deps.hpp"
#include "actors/images/unpacking.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace berth {

class image_store_state {
public:
  static inline const char* name = "image_store";

  image_store_state() {}

  void take_charge(image_store_actor::pointer self, image_deps deps,
                   const std::vector<stored_image>& images);

  caf::typed_response_promise<stored_image> resolve(const resolve_image&);
  caf::typed_response_promise<stored_image> import(const import_image&);
  image_list list() const;
  caf::typed_response_promise<done> remove(const std::string& name);
  void hold(const hold_layers&);
  void drop(const std::string& holder);

private:
  using step = std::function<void()>;
  using image_promise = caf::typed_response_promise<stored_image>;

  void look_around();
  const stored_image* find(const std::string& reference) const;
  bool is_whole(const stored_image&) const;
  bool is_configured(const image_reference&) const;

  void pull(const image_reference&,
            std::function<void(std::string)> on_progress);
  void pulled(const std::string& reference, const result<stored_image>&);

  /// Unpacking and the removal of layers exclude each other: an unpacking may
  /// count on every layer it was told of.
  void begin_unpacking(step);
  void unpacking_ended();
  void unpack(unpack_image, std::function<void(result<stored_image>)> then);
  void name_again(const import_image&,
                  std::function<void(result<stored_image>)> then);
  void keep(const stored_image&,
            std::function<void(result<stored_image>)> then);
  void keep_earlier(const stored_image& next);
  void drop_earliest(const std::string& name);
  void forget(const std::string& name);
  std::vector<std::string> names_by_digest(const std::string& reference) const;

  void collect();
  bool is_used(const std::string& layer) const;
  void remove_layer(const std::string& layer);
  void removal_ended();

  image_store_actor::pointer self_ = nullptr;
  image_deps deps_;
  std::map<std::string, stored_image> images_; ///< by name
  std::map<std::string, std::vector<std::string>> held_;
  std::map<std::string, std::vector<image_promise>> pulls_; ///< by reference
  std::set<std::string> present_;                           ///< layers on disk
  std::set<std::string> candidates_; ///< perhaps unused now
  std::deque<step> waiting_;
  size_t unpackings_ = 0;
  size_t removals_ = 1; ///< until we have looked around
  uint64_t next_tag_ = 0;
};

/// `images` is what the store knows.
image_store_actor::behavior_type
image_store(image_store_actor::stateful_pointer<image_store_state> self,
            image_deps deps, std::vector<stored_image> images);

} // namespace berth
