#include "test/content/content_node.hpp"

#include "actors/content/disk_worker.hpp"
#include "actors/images/layer_worker.hpp"
#include "actors/jobs/job.hpp"
#include "actors/kernel/hands.hpp"
#include "sys/tree.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace berth::test {

namespace {

namespace fs = std::filesystem;

/// A database that believes everything.
store_actor::behavior_type agreeable_store() {
  return {
    [](const put_record&) { return stored{}; },
    [](const drop_record&) { return stored{}; },
    [](const put_image&) { return stored{}; },
    [](const drop_image&) { return stored{}; },
    [](const put_session&) { return stored{}; },
    [](const drop_session&) { return stored{}; },
    [](const put_archive&) { return stored{}; },
    [](const forget_archive&) { return stored{}; },
    [](const put_build&) { return stored{}; },
    [](const forget_build&) { return stored{}; },
    [](make_durable) { return durable{}; },
    [](load_all) { return everything_stored{}; },
  };
}

/// Containers that do nothing, frozen or not.
runtime_actor::behavior_type still_runtime() {
  return {
    [](const launch&) { return launched{}; },
    [](const wake&) { return done{}; },
    [](const await_end&) { return container_end{}; },
    [](const terminate&) { return done{}; },
    [](const release&) { return done{}; },
    [](const freeze&) { return done{}; },
    [](const thaw&) { return done{}; },
    [](const sweep&) { return done{}; },
    [](const put_ssh_keys&) { return done{}; },
    [](const exec&) { return done{}; },
    [](const get_log_path&) { return log_path{}; },
    [](const forget_log&) {},
  };
}

} // namespace

content_node::place::place() {
  // Not below /tmp: a sandbox has a /tmp of its own.
  char name[] = "/srv/berth-test-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(name) != nullptr);
  path = name;
}

content_node::place::~place() {
  BOOST_CHECK(sys::remove_tree(path));
}

content_node::config::config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2u);
  set("logger.verbosity", caf::atom("quiet"));
}

content_node::content_node() {
  auto programs = fs::read_symlink("/proc/self/exe").parent_path();
  all->node.state_dir = root / "state";
  all->node.run_dir = root / "run";
  all->runtime.helper_dir = programs;
  all->content.allow_file_urls = true;
  all->content.snapshot_pause = patience;
  all->content.publish_limit = patience;
  all->timeouts.initialization = patience;
  all->timeouts.content_finalization = patience;
  storage = make_file_storage(layout{*all}.objects(), 2);
  spawn_all();
}

void content_node::spawn_all() {
  const auto& programs = all->runtime.helper_dir;
  auto hands = detached_hands(sys, programs);
  processes = spawn_process_actor(sys);
  auto with = job_deps{processes, hands, programs, {}};
  auto jobs = [this, with] { return sys.spawn(job, with); };
  auto disk = [this] { return sys.spawn<caf::detached>(disk_worker, storage); };
  auto layers = [this] { return sys.spawn<caf::detached>(layer_worker); };
  store = sys.spawn(agreeable_store);
  runtime = sys.spawn(still_runtime);
  contents = sys.spawn(
    content, content_deps{all, disk, hands.file, jobs, store, runtime},
    std::vector<archive_record>{});
  images
    = sys.spawn(image_store, image_deps{all, store, layers, hands.file, jobs},
                std::vector<stored_image>{});
}

content_node::~content_node() {
  for (const auto& actor :
       {caf::actor_cast<caf::actor>(contents),
        caf::actor_cast<caf::actor>(images), caf::actor_cast<caf::actor>(store),
        caf::actor_cast<caf::actor>(runtime),
        caf::actor_cast<caf::actor>(processes)})
    self->send_exit(actor, caf::exit_reason::user_shutdown);
}

content_id content_node::id_of(const std::string& instance) {
  return {instance, "alice", "project", 3};
}

fs::path content_node::live(const std::string& instance) const {
  return layout{*all}.content(instance);
}

void content_node::shell(const std::string& line) const {
  auto script = "set -e; export ROOT=" + root.native() + "; cd $ROOT; " + line;
  BOOST_REQUIRE_MESSAGE(std::system(script.c_str()) == 0, line);
}

void content_node::write(const fs::path& path, const std::string& bytes) {
  std::ofstream{path} << bytes;
}

std::string content_node::read(const fs::path& path) {
  auto file = std::ifstream{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace berth::test
