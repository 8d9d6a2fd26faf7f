#pragma once

#include "test/iws_kernel/fixture.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace berth::test {

/// How long one lasts: BERTH_RACE_SECONDS, else one second, or five if the
/// program is sanitized.
std::chrono::seconds race_length();

/// Of a race in which nothing would be seen if every call was refused.
inline constexpr auto one_has_to_pass = true;

/// What the kernel may need to take down what is no longer used.
inline constexpr auto calm_down = std::chrono::seconds{20};

/// A process of the workspace that does one step after the other, as fast as
/// it can, until this ends. Its program has threads: steps are nothing but
/// system calls.
class attacker {
public:
  /// Where it works: as root of the namespaces of `where`, its children in the
  /// pid namespace too, and counted in `cgroup` unless that is empty.
  attacker(const pinned& where, std::function<void(unsigned)> step,
           const std::string& cgroup = {});
  attacker(const attacker&) = delete;
  attacker& operator=(const attacker&) = delete;
  ~attacker();

private:
  pid_t pid_ = -1;
};

/// From here on this process, a fresh child, is root of those namespaces.
bool become_root_of(const pinned& where);

/// A workspace with a ring in it, and the machine around them as it was when
/// the race began: it has to be so again when this ends.
struct race_node : iws_node {
  race_node();

  /// Calls `ask` from three threads until the time is over; how often each
  /// outcome came. Where one has to pass, it gets a minute more for that.
  std::map<ec, unsigned> contend(const std::function<ec(unsigned)>& ask,
                                 bool one_passes = false);

  /// The outcome of a message to a hand, and no word of it.
  template <class Reply = done, class Actor, class Message>
  ec outcome_of(Actor actor, Message msg) {
    auto reply = tell<Reply>(std::move(actor), std::move(msg));
    return reply ? ec::none : code_of(reply.error());
  }

  ec mount_at(const std::string& at) {
    return outcome_of(hands.mount(),
                      mount_kernel_fs{target, kernel_fs::proc, at});
  }

  /// What of this machine a workspace could have changed: our mounts, links and
  /// rules, cgroups, children, descriptors, a secret file of root's.
  std::string machine() const;

  /// Remembers the machine as it is when what was under way is over.
  void remember_machine();
  /// Waits until it is so again, for hands end after they answer.
  void check_machine() const;

  /// Mounts of the container itself, which no call of its rings may change.
  std::string container_mounts() const;

  workspace_container w1 = start_one("w1");
  shell inner = ring(w1, "w1");
  pinned target = pin(w1, inner.pid());

private:
  std::string before_;
};

/// Says what came of it, for people.
void tell(const char* race, const std::map<ec, unsigned>& outcomes);

/// Whether nothing but these came of it.
boost::test_tools::predicate_result
has_only(const std::map<ec, unsigned>& outcomes, std::vector<ec> fair);

} // namespace berth::test
