#pragma once

#include "actors/iws/hands.hpp"
#include "sys/pinned.hpp"
#include "test/runtime/node.hpp"
#include "test/support/print.hpp"

#include <map>

namespace berth::test {

/// A shell inside a container, which obeys.
class shell {
public:
  /// `argv` ends in a shell that reads its stdin.
  shell(node&, const std::string& id, std::vector<std::string> argv,
        const std::string& user = "root");

  /// What a command printed, without the last newline.
  std::string operator()(const std::string& line);
  /// Executes a new shell in place: capabilities come with that.
  void anew();
  /// Ends it.
  void leave();

  int64_t pid() const { return pid_; } ///< as the container counts

private:
  std::string await(const std::string& mark);

  command command_;
  size_t heard_ = 0;
  int marks_ = 0;
  int64_t pid_ = 0;
};

/// Berth's own, unless BERTH_TEST_KIND says otherwise: what is true of both
/// kinds of container is tried in both.
container_kind kind_of_this_run();

/// Hands on real containers. The test program has mounts of its own, shared
/// among themselves as on any host.
struct iws_node : node {
  iws_node();

  /// Starts a workspace's container and says what the hands need.
  workspace_container start_one(const std::string& id, uint32_t slot = 0,
                                container_kind = kind_of_this_run());

  /// A process in new namespaces ("-U", "-Um", "-Umpnf"...), unmapped if in a
  /// new user namespace.
  shell unshared(const std::string& id, const std::string& flags);
  /// In new user, mount, pid and network namespaces, root of all of them.
  shell ring(const workspace_container&, const std::string& id);

  template <class Reply, class Actor, class Message>
  result<Reply> tell(Actor actor, Message msg) {
    auto self = caf::scoped_actor{sys, true};
    auto out = result<Reply>{make_error(ec::timeout, "no reply")};
    self->request(actor, patience, std::move(msg))
      .receive([&](Reply& reply) { out = std::move(reply); },
               [&](caf::error& err) { out = std::move(err); });
    return out;
  }

  /// What became of it.
  template <class Reply = done, class Actor, class Message>
  ec code(Actor actor, Message msg) {
    auto reply = tell<Reply>(std::move(actor), std::move(msg));
    if (!reply)
      BOOST_TEST_MESSAGE(describe(reply.error()));
    return reply ? ec::none : code_of(reply.error());
  }

  pinned pin(const workspace_container&, int64_t pid);
  ec pin_code(const workspace_container&, int64_t pid);
  ec map_ids(const workspace_container&, const pinned&, id_map,
             bool gid = false);
  ec mount(const pinned&, kernel_fs, const std::string& at);
  ec unmount(const pinned&, kernel_fs, const std::string& at);

  iws_hands hands = detached_iws_hands(sys, config->runtime.helper_dir);
};

/// All ids that a workspace may map, as they are.
id_map whole_range(const workspace_container&);

/// What a call of a process with root's powers over the namespaces of `where`
/// comes to: 0 or its errno.
int errno_inside(const pinned& where, const std::function<int()>& call);

/// All mounts of this machine that we see.
std::string host_mounts();

} // namespace berth::test
