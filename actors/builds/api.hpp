#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/build.hpp"
#include "model/build_record.hpp"
#include "model/error.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace berth {

/// What a client asks for; checked.
struct build_request {
  build_source source;
  build_auth auth;
  bool force = false;        ///< though there is such an image
  std::string owner;         ///< who asks; may be empty
  std::string resolved_base; ///< of an earlier build; may be empty
  bool use_retry_client = false;
};

/// A build's state and each change of it, the last of which is done; or one
/// error, if it was refused. May only send messages.
using build_listener = std::function<void(result<build_record>)>;

/// Makes the image that a source means, unless it is there. Who asks for what
/// is being built for them already joins that. It goes on whoever listens.
struct start_build {
  build_request what;
  build_listener on_told;
};

struct list_builds {};

struct build_list {
  std::vector<build_record> builds; ///< newest first; some that are done, too
};

/// Part of a build's log, as soon as there is something from `from` on or the
/// build is done. Secrets of its request are not in it.
struct read_build_log {
  std::string id;        ///< of the build, or else
  std::string reference; ///< the newest one of that image, by tag or digest
  uint64_t from = 0;     ///< an earlier piece's `next`
  answer<struct build_log_piece> to;
};

struct build_log_piece {
  std::string id; ///< asked for next time: a reference may mean another build
  std::string text;
  uint64_t next = 0;
  bool is_last = false;
  std::vector<std::string> names; ///< of what is built: some must not see them
};

/// Removes all layers that are kept for later builds: the disk is full.
struct trim_build_caches {};

/// All image builds of this node: joined, in turn, and for a while after their
/// end.
using build_registry_actor
  = caf::typed_actor<caf::reacts_to<start_build>,
                     caf::replies_to<list_builds>::with<build_list>,
                     caf::reacts_to<read_build_log>,
                     caf::replies_to<trim_build_caches>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::start_build)
BERTH_MESSAGE(berth::list_builds)
BERTH_MESSAGE(berth::build_list)
BERTH_MESSAGE(berth::read_build_log)
BERTH_MESSAGE(berth::trim_build_caches)
