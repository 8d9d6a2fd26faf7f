#pragma once

#include "actors/ask.hpp"
#include "actors/builds/api.hpp"
#include "actors/builds/deps.hpp"
#include "actors/message.hpp"
#include "core/builds/build_log.hpp"
#include "core/network/address_pool.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace berth {

/// What is known of a cache of layers.
struct cache_contents {
  std::set<std::string> bases; ///< images that it has, by digest
  /// The last result: what the cache calls it, and the digest of the image that
  /// was made of it. Empty: none that is known.
  std::string result_id = {}, result_digest = {};
};

/// Told to the registry: each change, as it is stored.
struct build_changed {
  build_record record;
};

/// The build is done and has left the machine as it was.
struct build_ended {
  std::string id;
  cache_contents cache;
  bool spoilt_cache = false; ///< it did not end by itself
};

using build_keeper_actor
  = caf::typed_actor<caf::reacts_to<build_changed>,
                     // Answered once its cache is
                     // what its end says.
                     caf::replies_to<build_ended>::with<done>>;

/// It is the build's turn.
struct run_build {
  uint32_t slot = 0;
  cache_contents cache;
};

struct build_timed_out {};
struct check_room {};
struct log_overdue {};

/// One build, from its acceptance to its end, by phases that are stored before
/// they begin. It stays to answer for its log until its keeper ends it.
using build_actor = output_listener_actor::extend<
  caf::reacts_to<run_build>, caf::reacts_to<read_build_log>,
  // Internal: it took too long, or its log's end did not come.
  caf::reacts_to<build_timed_out>, caf::reacts_to<log_overdue>,
  // Internal: a look at the disk is due while something builds.
  caf::reacts_to<check_room>>;

class build_state {
public:
  static inline const char* name = "build";

  build_state() {}

  void take_charge(build_actor::pointer self, build_deps deps,
                   build_keeper_actor keeper, build_record record,
                   build_request what);
  void run(const run_build&);
  void read_log(const read_build_log&);
  void hear(const build_output&);
  void output_ended();
  void time_out();
  void look_at_room();

private:
  using continuation = std::function<void()>;
  using failure = std::function<void(const caf::error&)>;

  // -- phases (build.cpp) --
  /// Stores the record in phase `next`, tells the keeper, goes on.
  void enter(build_phase next, continuation then);
  void store(continuation then);
  failure on_failure();
  void fail(const caf::error&);
  void finish(const std::string& digest);
  void end(build_phase, std::string message);
  void clean_up();
  void keep_log(continuation then);
  void say(const std::string& line);
  void note_step(std::string_view text);
  void answer_readers();
  void give(const read_build_log&);

  // -- what is built, and of what (build_context.cpp) --
  void make(std::deque<make_directory> directories, continuation then);
  void fetch_context();
  void fill_context(const opened_archives&);
  void next_base();
  void base_is_local(const std::string& reference, const stored_image&);
  void find_base_elsewhere(const std::string& reference);
  void fetch_base(const std::string& reference, const resolved_reference&);

  // -- the build (build_workshop.cpp) --
  void open_workshop();
  void join_trees(size_t next, const sys::shared_fd& owner);
  void make_files();
  void enter_cgroup();
  void connect();
  void find_known();
  void build_image(bool is_result_here);
  void take_result(const image_outcome&);
  const workspace_class& limits() const;
  void judge_room(const room_left&);
  void cut_short(const char* why);
  void tell_limits(const cgroup_limit_hits&);
  void close_workshop(continuation then);

  // -- what becomes of it (build_result.cpp) --
  void compose_of_image();
  void fetch_image(const std::string& reference);
  void build_of_image(const std::string& reference);
  void publish();
  void keep_here();
  void name_it(const std::string& image);
  void push();

  const dockerfile_source& file() const {
    return std::get<dockerfile_source>(what_.source);
  }
  std::string place(const char* name) const;
  run_job job_in_sandbox(worker_job) const;
  /// Asks, and goes on with the answer unless the build ended meanwhile. An
  /// error is its end.
  template <class Reply, class Handle, class Message, class Then>
  void ask(const Handle& whom, std::chrono::nanoseconds limit, Message what,
           Then then) {
    ask_actor(self_, whom, limit, std::move(what))
      .then(
        [this, then = std::move(then)](Reply& reply) {
          if (!is_over())
            then(reply);
        },
        on_failure());
  }
  /// Like `ask`, of a worker.
  template <class Outcome, class Then>
  void work(run_job what, Then then) {
    job_ = deps_.job();
    what.deadline = deps_.settings->build_timeout;
    ask_actor(self_, job_, what.deadline + std::chrono::minutes{1},
              std::move(what))
      .then(
        [this, then = std::move(then)](job_ended& end) {
          job_ = nullptr;
          if (auto* said = std::get_if<Outcome>(&end.outcome); !said)
            fail(make_error(ec::internal, "the worker did another job"));
          else if (!is_over())
            then(*said);
        },
        [this](const caf::error& err) {
          job_ = nullptr;
          // Its own refusal it could say in peace.
          was_cut_short_ = code_of(err) != ec::failed_precondition;
          fail(err);
        });
  }
  bool is_over() const { return is_done(record_.phase); }

  build_actor::pointer self_ = nullptr;
  build_deps deps_;
  build_keeper_actor keeper_;
  build_record record_; ///< as it is stored
  build_request what_;
  uint32_t slot_ = 0;
  bool has_slot_ = false;

  log_cleaner cleaner_;
  std::optional<log_censor> censor_;
  log_ring log_{build_log_bytes};
  std::vector<read_build_log> readers_;

  std::string dockerfile_, directory_; ///< inner paths of the context
  std::deque<std::string> images_;     ///< yet to be found
  std::vector<build_base> bases_;
  std::vector<stored_image> trees_; ///< of those that are local, in order
  std::vector<std::string> held_;   ///< their layers
  cache_contents cache_;            ///< of its layers

  berth::workshop shop_;
  workspace_subnet subnet_;
  sys::shared_fd log_writer_;
  job_actor job_;           ///< at work
  continuation when_heard_; ///< once the whole output is here
  std::string digest_;      ///< of what was built
  bool has_layout_ = true;  ///< of it; else this node's images have it
  bool is_connected_ = false;
  bool is_building_ = false; ///< its layers' cache is in use
  bool was_cut_short_ = false;
  std::optional<uint64_t> cache_before_; ///< its bytes, when it began
  int unmeasured_ = 0;
  bool spoilt_cache_ = false;
  bool timed_out_ = false;
  std::string about_; ///< the image that a failure now would be about, if any
  bool is_closed_ = false; ///< its log grows no more
  bool output_is_open_ = false;
};

build_actor::behavior_type
build(build_actor::stateful_pointer<build_state> self, build_deps deps,
      build_keeper_actor keeper, build_record record, build_request what);

} // namespace berth

BERTH_MESSAGE(berth::build_changed)
BERTH_MESSAGE(berth::build_ended)
BERTH_MESSAGE(berth::run_build)
BERTH_MESSAGE(berth::build_timed_out)
BERTH_MESSAGE(berth::log_overdue)
BERTH_MESSAGE(berth::check_room)
