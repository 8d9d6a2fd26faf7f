#pragma once

#include "actors/content/content.hpp"
#include "actors/images/image_store.hpp"
#include "actors/process/process_worker.hpp"
#include "core/objects/file_storage.hpp"
#include "test/support/why_not.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace berth::test {

/// Longer than anything here takes; only a bug reaches it.
inline constexpr auto patience = std::chrono::minutes{2};

/// The content actor and the image store with their real hands, sandboxes and
/// workers, on a directory of their own.
class content_node {
protected:
  /// A directory that goes when everybody who used it has gone.
  struct place {
    place();
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    std::filesystem::path path;
  };

  struct config : caf::actor_system_config {
    config();
  };

  content_node();
  ~content_node();

  template <class Reply, class Handle, class Message>
  result<Reply> ask(const Handle& whom, Message msg) {
    auto out = result<Reply>{make_error(ec::timeout, "no reply")};
    self->request(whom, patience, std::move(msg))
      .receive([&](Reply& x) { out = std::move(x); },
               [&](caf::error& err) { out = std::move(err); });
    return out;
  }

  void spawn_all();

  static content_id id_of(const std::string& instance);
  std::filesystem::path live(const std::string& instance) const;

  /// Runs a shell line that must succeed; `$ROOT` is the node's directory.
  void shell(const std::string& line) const;

  static void write(const std::filesystem::path&, const std::string& bytes);
  static std::string read(const std::filesystem::path&);

  place where;
  const std::filesystem::path& root = where.path;
  // Before the system, whose end waits for actors that use them.
  std::shared_ptr<settings> all = std::make_shared<settings>();
  std::shared_ptr<object_storage> storage;
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys, true};
  process_actor processes;
  runtime_actor runtime;
  content_actor contents;
  store_actor store;
  image_store_actor images;
};

} // namespace berth::test
