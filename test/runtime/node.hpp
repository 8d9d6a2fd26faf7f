#pragma once

#include "actors/runtime/network_api.hpp"
#include "actors/runtime/runtime.hpp"
#include "core/layout.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace berth::test {

using namespace std::chrono_literals;

/// Longer than anything here takes; only a bug reaches it.
constexpr auto patience = 60s;

/// What a command inside a container did.
struct command_end {
  int code = -1;
  std::string out, err;
};

struct command_options {
  std::string user = {};
  std::optional<window_size> terminal = {};
};

/// A command that was begun inside a container.
class command {
public:
  command(process_actor processes, std::string token);

  session_listener listener() const;

  void type(std::string bytes, bool end = false) const;
  /// Closes its session, as when its caller is gone.
  void close() const;
  /// Waits until its output holds `text`; all there is by then.
  std::string await_output(const std::string& text) const;
  /// Waits for its end, which must not be an error.
  command_end end() const;

private:
  struct story;

  process_actor processes_;
  std::string token_;
  std::shared_ptr<story> story_;
};

/// A runtime with real hands on a directory of its own, and an image of
/// busybox. The whole program runs in a network namespace of its own.
class node {
public:
  node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  /// Sweeps everything, takes the network down and ends the actors.
  ~node();

  /// The container's init is this shell script.
  void init_is(const std::string& script);

  std::shared_ptr<container_plan> plan(const std::string& id,
                                       uint32_t slot = 0);
  /// Launches one that must start.
  launched start(const std::shared_ptr<container_plan>& plan);

  /// Sends now; the future's value waits for the reply.
  template <class Reply, class Message>
  std::function<result<Reply>()> begin(Message msg) {
    auto asker = std::make_shared<caf::scoped_actor>(sys, true);
    auto reply = std::make_shared<decltype((*asker)->request(runtime, patience,
                                                             std::move(msg)))>(
      (*asker)->request(runtime, patience, std::move(msg)));
    return [asker, reply] {
      auto out = result<Reply>{make_error(ec::timeout, "no reply")};
      reply->receive([&](Reply& x) { out = std::move(x); },
                     [&](caf::error& err) { out = std::move(err); });
      return out;
    };
  }

  template <class Reply, class Message>
  result<Reply> ask(Message msg) {
    return begin<Reply>(std::move(msg))();
  }

  /// Asks for something that must succeed.
  template <class Reply, class Message>
  Reply need(Message msg) {
    auto reply = ask<Reply>(std::move(msg));
    if (!reply)
      BOOST_FAIL(describe(reply.error()));
    return std::move(*reply);
  }

  command begin_command(const std::string& id, std::vector<std::string> argv,
                        command_options how = {});
  /// Runs a command in a container to its end, without input.
  command_end run(const std::string& id, std::vector<std::string> argv,
                  command_options how = {});
  /// The same for a shell script as root, its output without the last newline.
  std::string sh(const std::string& id, const std::string& script);

  /// Ends the runtime actor and spawns a fresh one, as a restart would.
  void restart_runtime();
  void set_up_network();
  void tear_down_network();

  /// What is left of containers: directories, links, cgroups, processes.
  std::vector<std::string> residue() const;

  layout where() const { return layout{*config}; }

  std::filesystem::path dir;
  std::shared_ptr<settings> config;

private:
  struct system_config : caf::actor_system_config {
    system_config() {
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 2u);
      set("logger.verbosity", caf::atom("quiet"));
    }
  };

  template <class Message>
  void ask_network(Message msg);

  system_config cfg_;

public:
  caf::actor_system sys{cfg_};

private:
  process_actor process_;
  workspace_services_actor services_;
  network_actor network_;
  uint64_t sessions_ = 0;

public:
  runtime_actor runtime;
};

/// The output of a program of this machine.
std::string output_of(const std::string& command);

/// Whether one can connect from inside container `id`.
bool reaches(node&, const std::string& id, const std::string& address,
             int port);

/// A process in a network namespace that stands for the rest of the world:
/// 203.0.113.9 (a server on port 80), 169.254.169.254:80 and 10.99.0.53:53,
/// reached through link `up0`.
class outside_world {
public:
  outside_world();
  outside_world(const outside_world&) = delete;
  outside_world& operator=(const outside_world&) = delete;
  ~outside_world();

private:
  int pid_ = -1;
};

} // namespace berth::test
