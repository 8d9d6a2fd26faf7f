#pragma once

#include "actors/content/deps.hpp"
#include "actors/message.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>

namespace berth {

/// What there is to tell of an archive on its way.
enum class archive_news {
  reading,     ///< the content is read from now on
  secured,     ///< a view or the packed archive is on disk
  off_content, ///< the content is not read any more
  stalled,     ///< it waits for better times, and goes on by itself
  waiting,     ///< another attempt is due, or the storage does not answer
};

struct archive_told {
  std::string id;
  archive_news news;
  std::string why = {}; ///< of `waiting`
};

struct archive_ended {
  std::string id;
  result<content_archived> outcome;
};

/// Who asked for an archive.
using archive_keeper_actor = caf::typed_actor<caf::reacts_to<archive_told>,
                                              caf::reacts_to<archive_ended>>;

struct next_attempt {};

struct thaw_again {};

struct storage_doubt {};

/// One backup or snapshot, from its intent to its publication, by phases that
/// are on disk before the next begins; see `next_step`. Each attempt goes on
/// from the last phase. It tells its keeper how it goes, and quits when nothing
/// but the published archive is left of it.
using snapshot_actor = caf::typed_actor<
  // Internal: the pause after a failed attempt is over.
  caf::reacts_to<next_attempt>,
  // Internal: what was frozen could not be thawed, so again.
  caf::reacts_to<thaw_again>,
  // Internal: something takes long; is the storage there?
  caf::reacts_to<storage_doubt>>;

/// How often the logs of a prebuild are tried, with pauses like an archive.
inline constexpr uint32_t log_attempts = 5;

/// How often an archive is tried, and the pause after the first failure, which
/// doubles with each. One whose name was given out is tried longer.
inline constexpr uint32_t archive_attempts = 3;
inline constexpr auto archive_pause = std::chrono::seconds{1};
inline constexpr auto longest_archive_pause = std::chrono::minutes{5};

/// How often the storage is asked whether it is there while something is on its
/// way to it.
inline constexpr auto storage_doubt_pause = std::chrono::seconds{10};

class snapshot_state {
public:
  static inline const char* name = "snapshot";

  snapshot_state() {}

  void take_charge(snapshot_actor::pointer self, content_deps deps,
                   archive_keeper_actor keeper, archive_record record,
                   bool is_recorded);
  void attempt();
  void thaw_writers();
  void doubt_storage();

private:
  using continuation = std::function<void()>;
  using failure = std::function<void(const caf::error&)>;

  void next_step();
  /// Stores `changed`, on disk when it goes on.
  void enter(archive_record changed);
  void entered();
  void store_task_logs();

  // -- the view (snapshot_view.cpp) --
  bool wants_view() const;
  void take_view();
  void make_view();
  void freeze_writers();
  void copy_content();
  void view_taken();
  void view_not_taken(const caf::error&);
  void remove_view(const continuation& then);

  // -- the archive (snapshot_pack.cpp) --
  std::filesystem::path content_to_pack() const;
  void pack();
  bool wants_pieces() const;
  void run_pair(const staged_archive&);
  void pair_ended();
  void compare_pair();
  void note_left_out(uint64_t pipes_and_devices);
  bool note_needs(archive_record&) const;
  void reopen_packed();
  void check_packed(const reopened_archive&);
  void start_over(const caf::error& why);
  void publish();
  template <class Reply, class Message>
  void ask_storage(std::chrono::nanoseconds limit, Message,
                   std::function<void(const Reply&)> then, failure otherwise);
  void wait_for_doubt();
  void not_published(const caf::error&);
  void published(const std::string& qualified_name);
  void keep_pieces(const continuation& then);
  void tell_published(const std::string& qualified_name);

  // -- the end (snapshot.cpp) --
  void failed(const caf::error&);
  bool was_given_out() const;
  void note_patience();
  void give_up(const caf::error&);
  void clear_up();
  void tell(archive_news, const std::string& why = {});
  failure on_failure();
  std::chrono::nanoseconds attempt_limit() const;
  run_job job_for(worker_job job) const;

  snapshot_actor::pointer self_ = nullptr;
  content_deps deps_;
  archive_keeper_actor keeper_;
  archive_record record_; ///< as it is on disk, once `is_recorded_`
  bool is_recorded_ = false;
  bool is_over_ = false;
  bool is_cleared_up_ = false;

  std::shared_ptr<const staged_object> staged_; ///< packed and checked
  std::optional<archive_outcome> packed_;
  std::optional<verify_outcome> checked_;
  std::optional<staged_pieces> pieces_; ///< of what is being packed
  bool pieces_failed_ = false;          ///< so now without
  caf::error pair_failed_;
  uint32_t pair_left_ = 0;

  caf::actor_clock::time_point frozen_until_{};
  bool thaw_is_due_ = false;
  bool view_is_impossible_ = false;
  int64_t view_settled_before_ = 0; ///< as of `pieces_wanted`
  bool logs_are_due_ = false;
  uint32_t log_attempts_ = 0;
  bool asks_storage_ = false;
  bool doubt_is_told_ = false; ///< of what is asked now
  bool doubt_is_due_ = false;
  uint32_t attempts_ = 0;
  std::chrono::nanoseconds waited_{};
};

/// `is_recorded`: an earlier berthd began it.
snapshot_actor::behavior_type
snapshot(snapshot_actor::stateful_pointer<snapshot_state> self,
         content_deps deps, archive_keeper_actor keeper, archive_record record,
         bool is_recorded);

/// The name by which a snapshot's object will be found.
std::string qualified_name_of(const archive_record&, const bucket_scheme&);

} // namespace berth

BERTH_MESSAGE(berth::archive_told)
BERTH_MESSAGE(berth::archive_ended)
BERTH_MESSAGE(berth::next_attempt)
BERTH_MESSAGE(berth::thaw_again)
BERTH_MESSAGE(berth::storage_doubt)
