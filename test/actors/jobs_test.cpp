#include "actors/jobs/job.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>

namespace berth::test {

namespace {

/// A job whose worker is played by the test.
struct job_fixture : deterministic_system {
  job_fixture() {
    auto deps = job_deps{};
    deps.process = spawn([this](process_actor::stateful_pointer<promised> me) {
      return process(me);
    });
    deps.hands.idmap = [this] { return make_idmap(); };
    deps.helper_dir = "/helpers";
    deps.network_env = {"https_proxy=http://proxy"};
    deps.network_files = {"/opt/ca.pem"};
    actor = spawn(job, deps);
  }

  struct promised {
    promised() {}
    caf::typed_response_promise<child_exit> exit;
  };

  idmap_actor make_idmap() {
    auto hand = [this]() -> idmap_actor::behavior_type {
      return {[this](const make_userns& what) {
        range = what.range;
        return userns{std::make_shared<const sys::fd>()};
      }};
    };
    auto handle = sys.spawn(hand);
    adopt(handle);
    return handle;
  }

  process_actor::behavior_type
  process(process_actor::stateful_pointer<promised> me) {
    return {
      [](const run_child&) { return child_exit{}; },
      [this, me](const follow_child& what) {
        followed = what;
        me->state.exit = me->make_response_promise<child_exit>();
        for (const auto& line : lines)
          what.on_line(line);
        if (ends_at_once)
          me->state.exit.deliver(end);
        return me->state.exit;
      },
      [this, me](const kill_child& what) {
        killed = what;
        auto dead = child_exit{};
        dead.signal = what.signal;
        me->state.exit.deliver(dead);
      },
      [](const await_exit&) { return process_gone{}; },
      [](const open_session&) { return done{}; },
      [](const session_input&) {},
      [](const session_resize&) {},
      [](const session_resume&) {},
      [](const close_session&) {},
    };
  }

  run_job some_job() {
    auto what = run_job{};
    what.job = verify_job{};
    what.range = {70'000, 65'536};
    what.directories = {{"/s/content/w1", "/src"}};
    what.fds = {{std::make_shared<const sys::fd>(), 10}};
    what.deadline = std::chrono::minutes{1};
    return what;
  }

  static std::string said(worker_message message) { return to_json(message); }
  static std::string outcome() {
    return said(result<worker_outcome>{
      worker_outcome{verify_outcome{3, 4, std::string(64, 'a')}}});
  }
  static std::string progress(uint64_t done) {
    return said(worker_progress{"verify", "", done, 9});
  }

  static child_exit exited(int code, std::string err = "") {
    auto out = child_exit{};
    out.code = code;
    out.err = std::move(err);
    return out;
  }

  bool has(const std::string& first, const std::string& second) const {
    const auto& argv = followed.what.argv;
    auto found = std::find(argv.begin(), argv.end(), first);
    return found != argv.end() && found + 1 != argv.end() && found[1] == second;
  }

  std::vector<std::string> lines;
  child_exit end = exited(0);
  bool ends_at_once = true;
  follow_child followed;
  kill_child killed;
  id_range range;
  job_actor actor;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sandboxed_job, job_fixture)

BOOST_AUTO_TEST_CASE(runs_the_worker_confined_to_what_it_needs) {
  lines = {outcome()};
  BOOST_REQUIRE(ask<job_ended>(actor, some_job()));
  BOOST_TEST(range.start == 70'000u);
  BOOST_TEST(followed.what.argv.at(0) == "/helpers/berth-ns");
  BOOST_TEST(has("--net", "none"));
  BOOST_TEST(has("--idmap", "/s/content/w1:/src"));
  BOOST_TEST(has("--keep-fd", "10"));
  BOOST_TEST(has("--", "/helpers/berth-worker"));
  BOOST_REQUIRE_EQUAL(followed.what.fds.size(), 2u);
  BOOST_TEST(
    has("--userns-fd", std::to_string(followed.what.fds.at(0).second)));
}

BOOST_AUTO_TEST_CASE(tells_secrets_on_stdin_only) {
  lines = {outcome()};
  auto what = some_job();
  auto job = initialize_job{};
  job.secrets = {{"initializer.git", "hunter2"}};
  job.destination = "/dst";
  what.job = job;
  BOOST_REQUIRE(ask<job_ended>(actor, what));
  auto told = job_from_json(followed.what.input);
  BOOST_REQUIRE(told);
  BOOST_TEST(std::get<initialize_job>(*told).secrets.at("initializer.git")
             == "hunter2");
  for (const auto& text : followed.what.argv)
    BOOST_TEST(text.find("hunter2") == std::string::npos);
  for (const auto& text : followed.what.env)
    BOOST_TEST(text.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(shows_proxies_only_to_workers_with_a_network) {
  lines = {outcome()};
  auto what = some_job();
  what.network = true;
  BOOST_REQUIRE(ask<job_ended>(actor, what));
  BOOST_TEST(has("--net", "host"));
  BOOST_TEST(followed.what.env.back() == "https_proxy=http://proxy");
  BOOST_TEST(has("--bind", "/opt/ca.pem:/opt/ca.pem"));
}

BOOST_AUTO_TEST_CASE(passes_the_newest_progress_on) {
  auto heard = std::make_shared<std::vector<uint64_t>>();
  ends_at_once = false;
  lines = {progress(1), progress(2), progress(3)};
  auto what = some_job();
  what.on_progress
    = [heard](worker_progress now) { heard->push_back(now.done); };
  self->send(actor, what);
  settle();
  BOOST_TEST(*heard == std::vector<uint64_t>{3});
}

BOOST_AUTO_TEST_CASE(passes_a_refusal_on_with_its_code) {
  lines = {said(result<worker_outcome>{
    make_error(ec::invalid_argument, "no such branch")})};
  end = exited(1);
  auto reply = ask<job_ended>(actor, some_job());
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::invalid_argument));
  BOOST_TEST(describe(reply.error()) == "no such branch");
}

BOOST_AUTO_TEST_CASE(does_not_believe_a_success_that_ended_badly) {
  lines = {outcome()};
  end = exited(1);
  auto reply = ask<job_ended>(actor, some_job());
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::internal));
}

BOOST_AUTO_TEST_CASE(keeps_a_dying_workers_words_from_the_caller) {
  lines = {progress(1)};
  end = exited(127, "open_tree /secret/path: no\n");
  auto reply = ask<job_ended>(actor, some_job());
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::internal));
  BOOST_TEST(describe(reply.error()).find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ends_with_its_deadline) {
  end.timed_out = true;
  auto reply = ask<job_ended>(actor, some_job());
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::timeout));
}

BOOST_AUTO_TEST_CASE(ends_when_cancelled) {
  ends_at_once = false;
  auto pending = self->request(actor, caf::infinite, some_job());
  settle();
  self->send(actor, cancel_job{});
  settle();
  auto why = ec::none;
  pending.receive([](job_ended&) {},
                  [&](caf::error& err) { why = code_of(err); });
  BOOST_TEST((why == ec::cancelled));
  BOOST_TEST(killed.token == followed.token);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
