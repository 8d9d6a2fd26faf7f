#include "sys/fd.hpp"
#include "test/actors/store_fixture.hpp"

#include <caf/scoped_actor.hpp>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <random>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1u);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

constexpr auto cannot_open = 98;
constexpr auto cannot_prepare = 99;

/// Runs `body` in a process of its own, with a store as berthd has it. Its
/// result is the exit code.
using store_body = std::function<int(const store_actor&, caf::scoped_actor&)>;

pid_t fork_store(const std::filesystem::path& path,
                 const std::function<bool()>& prepare, const store_body& body) {
  auto pid = ::fork();
  BOOST_REQUIRE(pid >= 0);
  if (pid > 0)
    return pid;
  if (!prepare())
    ::_exit(cannot_prepare);
  auto cfg = config{};
  auto sys = caf::actor_system{cfg};
  auto self = caf::scoped_actor{sys, true};
  auto store = spawn_store_actor(sys, path);
  ::_exit(store ? body(*store, self) : cannot_open);
}

ec put(const store_actor& store, caf::scoped_actor& self, put_image msg) {
  auto out = ec::none;
  self->request(store, 20s, std::move(msg))
    .receive([](stored) {}, [&](caf::error& why) { out = code_of(why); });
  return out;
}

/// What the child says once a record is stored: smaller than PIPE_BUF, so it
/// comes whole or not at all.
struct acknowledged {
  char id = 0;
  uint64_t version = 0;
};

/// Puts as fast as it can, ten records at a time, until it is killed.
int put_for_ever(const store_actor& store, caf::scoped_actor& self,
                 uint64_t first, int to) {
  for (auto version = first;; ++version) {
    for (auto id = 'a'; id < 'a' + 10; ++id)
      self->send(store, a_record({id}, version));
    for (auto id = 'a'; id < 'a' + 10; ++id)
      self->receive([](stored) {});
    for (auto id = 'a'; id < 'a' + 10; ++id) {
      auto said = acknowledged{id, version};
      if (::write(to, &said, sizeof(said)) != sizeof(said))
        return 1;
    }
  }
}

struct crash : store_directory {
  std::map<std::string, uint64_t> expected; ///< versions acknowledged, by id
  std::mt19937 random{4711};

  /// Lets a child acknowledge some records, kills it, and hears the rest.
  void round() {
    int raw[2];
    BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
    auto from = sys::fd{raw[0]};
    auto to = sys::fd{raw[1]};
    auto first = expected.empty() ? 1 : newest_stored() + 1;
    auto pid = fork_store(
      path, [] { return true; },
      [&](const store_actor& store, caf::scoped_actor& self) {
        return put_for_ever(store, self, first, to.get());
      });
    to = {};
    auto patience = std::uniform_int_distribution<int>{0, 120}(random);
    auto said = acknowledged{};
    for (auto heard = 0; ::read(from.get(), &said, sizeof(said)) > 0;) {
      expected[std::string{said.id}] = said.version;
      if (heard++ == patience)
        ::kill(pid, SIGKILL);
    }
    auto status = 0;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
  }

  everything_stored load() {
    auto db = database::open(path);
    BOOST_REQUIRE_EQUAL(why_not(db), "");
    auto all = (*db)->load_all();
    BOOST_REQUIRE_EQUAL(why_not(all), "");
    return std::move(*all);
  }

  uint64_t newest_stored() {
    auto newest = uint64_t{0};
    for (auto& record : load().records)
      newest = std::max(newest, record->version);
    return newest;
  }

  void check() {
    auto found = std::map<std::string, uint64_t>{};
    for (auto& record : load().records)
      found[record->spec.id] = record->version;
    for (auto& [id, version] : expected)
      BOOST_TEST(found[id] >= version,
                 id << " has " << found[id] << ", not " << version);
  }
};

/// A small file system that only a child sees.
struct own_disk : store_directory {
  static bool possible() {
    if (::geteuid() == 0)
      return true;
    BOOST_TEST_MESSAGE("skipped: needs root for a file system of its own");
    return false;
  }

  bool mount_disk(unsigned long flags) const {
    return ::unshare(CLONE_NEWNS) == 0
           && ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0
           && ::mount("tmpfs", dir.c_str(), "tmpfs", flags, "size=1m") == 0;
  }

  static int exit_code(pid_t pid) {
    auto status = 0;
    ::waitpid(pid, &status, 0);
    BOOST_REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_survives)

BOOST_FIXTURE_TEST_CASE(fifty_kills_without_losing_an_answer, crash) {
  for (auto i = 0; i < 50; ++i) {
    round();
    check();
  }
  BOOST_TEST(expected.size() == 10u);
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_by_refusing, own_disk) {
  if (!possible())
    return;
  auto pid = fork_store(
    path, [this] { return mount_disk(0); },
    [](const store_actor& store, caf::scoped_actor& self) -> int {
      auto stored_images = size_t{0};
      auto code = ec::none;
      while (stored_images < 1000 && code == ec::none) {
        auto msg = an_image(std::to_string(stored_images), 1);
        msg.image.config.env = {std::string(50'000, 'x')};
        code = put(store, self, std::move(msg));
        stored_images += code == ec::none;
      }
      if (stored_images == 0 || code != ec::exhausted)
        return 1;
      // It goes on: what is small may still fit.
      code = put(store, self, an_image("small", 1));
      if (code != ec::none && code != ec::exhausted)
        return 2;
      stored_images += code == ec::none;
      auto found = size_t{0};
      self->request(store, 20s, load_all{})
        .receive([&](everything_stored& all) { found = all.images.size(); },
                 [](caf::error&) {});
      return found == stored_images ? 0 : 3;
    });
  BOOST_TEST(exit_code(pid) == 0);
}

BOOST_FIXTURE_TEST_CASE(no_opening_on_a_disk_it_cannot_write, own_disk) {
  if (!possible())
    return;
  auto pid = fork_store(
    path, [this] { return mount_disk(MS_RDONLY); },
    [](const store_actor&, caf::scoped_actor&) { return 0; });
  BOOST_TEST(exit_code(pid) == cannot_open);
}

BOOST_AUTO_TEST_SUITE_END()
