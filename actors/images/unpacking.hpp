#pragma once

#include "actors/images/api.hpp"
#include "actors/images/deps.hpp"
#include "actors/message.hpp"
#include "core/images/reference.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// Makes an image of an archive or of what a registry has.
struct unpack_image {
  std::string name;
  std::string tag;        ///< tells its directories from those of others
  sys::shared_fd archive; ///< either this
  std::string layout;     ///< or this directory
  std::optional<image_reference> reference; ///< or that
  std::vector<std::string> have; ///< layers that stay for as long as this lasts
  std::function<void(std::string)> on_progress;
};

/// One image from its source to layers under their names; answers and quits,
/// whatever the end without leaving anything else.
using unpacking_actor
  = caf::typed_actor<caf::replies_to<unpack_image>::with<stored_image>>;

class unpacking_state {
public:
  static inline const char* name = "unpacking";

  unpacking_state() {}

  void take_charge(unpacking_actor::pointer self, image_deps deps);
  caf::typed_response_promise<stored_image> begin(const unpack_image&);

private:
  void make(std::deque<make_directory> directories);
  void find_credentials();
  void run(worker_job job);
  void unpacked(const worker_outcome&);
  void installed(const unpack_outcome&, const installed_layers&);
  void finish(result<stored_image>);

  std::string staging() const;
  std::string scratch() const;

  unpacking_actor::pointer self_ = nullptr;
  image_deps deps_;
  unpack_image what_;
  caf::typed_response_promise<stored_image> promise_;
};

unpacking_actor::behavior_type
unpacking(unpacking_actor::stateful_pointer<unpacking_state> self,
          image_deps deps);

} // namespace berth

BERTH_MESSAGE(berth::unpack_image)
