#include "core/base64.hpp"
#include "test/registry/resolver_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>

namespace berth::test {

namespace {

using namespace std::chrono_literals;

build_auth everything() {
  auto auth = build_auth{};
  auth.all = true;
  return auth;
}

build_auth own(const std::string& registry) {
  auto auth = build_auth{};
  auth.additional[registry] = to_base64("u:p");
  return auth;
}

dockerfile_source some_dockerfile() {
  auto source = dockerfile_source{};
  source.remote_uri = "https://example.com/r.git";
  source.dockerfile_path = "Dockerfile";
  return source;
}

const auto base_of_dockerfile
  = "base.example/images:90fe543151e6060e36ddff6c9e22ee13f79100336c624c9cb6eb7f"
    "6cec9ec16c";

} // namespace

BOOST_FIXTURE_TEST_SUITE(resolver_of_references, resolver_fixture)

BOOST_AUTO_TEST_CASE(a_tag_becomes_a_digest) {
  auto found = resolve("debian:12");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->reference == "docker.io/library/debian@" + image_digest);
  BOOST_TEST(found->digest == image_digest);
  BOOST_TEST(asked().reference == "docker.io/library/debian:12");
  BOOST_TEST(!asked().insecure);
  BOOST_TEST(asked().attempts == 1u);
  BOOST_TEST(jobs.back().network);
  BOOST_TEST(jobs.back().range.start == 7u);
}

BOOST_AUTO_TEST_CASE(a_digest_says_more_than_a_tag) {
  BOOST_REQUIRE(resolve("debian:12@" + image_digest));
  BOOST_TEST(asked().reference == "docker.io/library/debian@" + image_digest);
}

BOOST_AUTO_TEST_CASE(what_is_no_reference_asks_nobody) {
  for (auto* text :
       {"", "A B", "--help", "registry:443@evil", "x\ny", "http://x/y"})
    BOOST_TEST((code(resolve(text)) == ec::invalid_argument));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_patient_caller_has_four_attempts) {
  auto what = resolve_reference{"debian", {}, true};
  BOOST_REQUIRE(ask<resolved_reference>(actor, what));
  BOOST_TEST(asked().attempts == 4u);
}

BOOST_AUTO_TEST_CASE(a_registry_of_this_network_is_asked_only_if_configured) {
  for (auto* text :
       {"localhost/x", "10.0.0.1:5000/x", "intranet:80/x", "127.0.0.1:5001/x"})
    BOOST_TEST((code(resolve(text)) == ec::permission_denied));
  BOOST_TEST(jobs.empty());
  BOOST_REQUIRE(resolve("127.0.0.1:5000/x"));
  BOOST_TEST(asked().insecure);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_only_here_is_found_here) {
  store("localhost/team/app:1");
  auto found = resolve("localhost/team/app:1", everything());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->reference == "localhost/team/app@" + image_digest);
  BOOST_REQUIRE(resolve("localhost/team/app@" + image_digest));
  BOOST_TEST((code(resolve("localhost/team/app:2")) == ec::permission_denied));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(an_image_that_is_here_may_be_another_elsewhere) {
  store("docker.io/library/debian:12");
  BOOST_REQUIRE(resolve("debian:12"));
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_was_imported_is_what_its_name_means_here) {
  store("base");
  here.images.back().imported = true;
  auto found = resolve("base");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->reference == "docker.io/library/base@" + image_digest);
  BOOST_TEST(!!resolve("docker.io/library/base:latest"));
  BOOST_TEST(jobs.empty());
  BOOST_TEST(!!resolve("base:other"));
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(credentials_are_chosen_by_the_callers_policy) {
  const auto node = registry_login{"node", "its own", {}};
  const auto caller = registry_login{"u", "p", {}};
  auto both = own("r.example");
  both.all = true;
  auto only = build_auth{};
  only.any_of = {"r.example"};
  const struct {
    const char* name;
    build_auth auth;
    registry_login login;
  } table[] = {
    {"r.example/x", {}, {}},
    {"r.example/x", own("r.example"), caller},
    {"r.example/x", everything(), node},
    {"r.example/x", both, node},
    {"r.example/x", only, node},
    {"r.example:5000/x", only, {}},
    {"r.example:5000/x", own("r.example"), {}},
    {"r.example.evil.com/x", own("r.example"), {}},
    {"unknown.example/x", everything(), {}},
    {"docker.io.evil.com/x", own("docker.io"), {}},
    {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/x", {}, {}},
  };
  for (const auto& row : table) {
    BOOST_REQUIRE(resolve(row.name, row.auth));
    BOOST_TEST((asked().login == row.login), row.name);
  }
  BOOST_TEST(files == std::vector<std::string>(3, "/r.json"));
  // What the node lacks, the caller may have.
  stored_login = std::optional<registry_login>{};
  BOOST_REQUIRE(resolve("r.example/x", both));
  BOOST_TEST((asked().login == caller));
}

BOOST_AUTO_TEST_CASE(credentials_are_found_for_others_too) {
  auto login
    = ask<registry_login>(actor, find_login{"r.example/x:1", everything()});
  BOOST_REQUIRE(login);
  BOOST_TEST(login->user == "node");
  login = ask<registry_login>(actor, find_login{"r.example/x:1", {}});
  BOOST_REQUIRE(login);
  BOOST_TEST(login->is_anonymous());
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(credentials_that_cannot_be_read_ask_nobody) {
  stored_login = make_error(ec::failed_precondition, "no such file");
  BOOST_TEST(
    (code(resolve("r.example/x", everything())) == ec::failed_precondition));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(refusals_keep_their_codes) {
  for (auto refusal : {ec::not_found, ec::unauthenticated,
                       ec::permission_denied, ec::unavailable, ec::internal}) {
    outcome = make_error(refusal, "because");
    auto found = resolve("debian");
    BOOST_TEST((code(found) == refusal));
    BOOST_TEST(describe(found.error()) == "cannot resolve image: because");
  }
  outcome = make_error(ec::timeout, "took too long");
  BOOST_TEST((code(resolve("debian")) == ec::unavailable));
}

BOOST_AUTO_TEST_CASE(equal_questions_that_overlap_are_asked_once) {
  hold_jobs = true;
  auto heard = std::vector<std::string>{};
  auto ask_too = [&](const std::string& name, build_auth auth) {
    auto asking = sys.spawn([&, name, auth](caf::event_based_actor* me) {
      me->request(actor, caf::infinite, resolve_reference{name, auth, false})
        .then([&](const resolved_reference& found) {
          heard.push_back(found.reference);
        });
    });
    adopt(asking);
  };
  for (int i = 0; i < 50; ++i)
    ask_too("debian:12", {});
  ask_too("debian:12", own("docker.io"));
  ask_too("debian:11", {});
  settle();
  BOOST_TEST(jobs.size() == 3u);
  for (auto& worker : std::exchange(at_work, {}))
    caf::anon_send(worker, worker_spoke{});
  settle();
  BOOST_TEST(heard.size() == 52u);
  // What is over is asked anew: a tag may have moved.
  hold_jobs = false;
  BOOST_REQUIRE(resolve("debian:12"));
  BOOST_TEST(jobs.size() == 4u);
}

BOOST_AUTO_TEST_CASE(only_so_many_registries_are_asked_at_a_time) {
  hold_jobs = true;
  for (int i = 0; i < 40; ++i)
    caf::anon_send(actor,
                   resolve_reference{"r" + std::to_string(i), {}, false});
  settle();
  BOOST_TEST(jobs.size() == 16u);
  for (auto left = 24u; !at_work.empty(); left -= std::min(left, 16u)) {
    for (auto& worker : std::exchange(at_work, {}))
      caf::anon_send(worker, worker_spoke{});
    settle();
    BOOST_TEST(at_work.size() == std::min(left, 16u));
  }
  BOOST_TEST(jobs.size() == 40u);
}

BOOST_AUTO_TEST_CASE(who_waits_at_its_end_hears_of_it) {
  hold_jobs = true;
  auto heard = std::optional<ec>{};
  auto asking = sys.spawn([&](caf::event_based_actor* me) {
    me->request(actor, 10min, resolve_reference{"debian", {}, false})
      .then([](const resolved_reference&) {},
            [&](const caf::error& err) { heard = code_of(err); });
  });
  adopt(asking);
  settle();
  self->send_exit(actor, caf::exit_reason::user_shutdown);
  settle();
  BOOST_REQUIRE(heard);
  BOOST_TEST((*heard == ec::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(resolver_of_workspace_images, resolver_fixture)

BOOST_AUTO_TEST_CASE(a_dockerfiles_base_is_asked_of_nobody) {
  auto base
    = ask<base_found>(actor, resolve_base{some_dockerfile(), {}, false});
  BOOST_REQUIRE(base);
  BOOST_TEST(base->reference == base_of_dockerfile);
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(an_images_base_is_its_digest) {
  auto base = ask<base_found>(
    actor, resolve_base{image_source{"r.example/x"}, own("r.example"), false});
  BOOST_REQUIRE(base);
  BOOST_TEST(base->reference == "r.example/x@" + image_digest);
  BOOST_TEST(asked().login.user == "u");
}

BOOST_AUTO_TEST_CASE(one_that_is_here_is_asked_of_nobody) {
  auto missing = find(some_dockerfile());
  BOOST_REQUIRE(missing);
  store(missing->reference);
  jobs.clear();
  auto found = find(some_dockerfile());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->exists);
  BOOST_TEST(found->reference == missing->reference);
  BOOST_TEST(found->base_reference == base_of_dockerfile);
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(one_that_the_registry_has_exists) {
  auto found = find(some_dockerfile());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->exists);
  BOOST_TEST(asked().reference == found->reference);
  // The caller had no credentials; these are the node's.
  BOOST_TEST(asked().login.user == "node");
  BOOST_TEST(files.back() == "/ws.json");
}

BOOST_AUTO_TEST_CASE(one_that_the_registry_lacks_does_not) {
  outcome = make_error(ec::not_found, "no image");
  auto found = find(some_dockerfile());
  BOOST_REQUIRE(found);
  BOOST_TEST(!found->exists);
  BOOST_TEST(found->reference.starts_with("ws.example/images:"));
}

BOOST_AUTO_TEST_CASE(what_else_the_registry_says_is_not_the_callers_fault) {
  const std::pair<ec, ec> table[] = {
    {ec::unauthenticated, ec::internal}, {ec::permission_denied, ec::internal},
    {ec::internal, ec::internal},        {ec::unavailable, ec::unavailable},
    {ec::timeout, ec::unavailable},
  };
  for (const auto& [said, heard] : table) {
    outcome = make_error(said, "because");
    BOOST_TEST((code(find(some_dockerfile())) == heard));
  }
}

BOOST_AUTO_TEST_CASE(of_a_repository_that_is_only_here_are_looked_for_here) {
  all->images.workspace_repository = "localhost/workspaces";
  auto missing = find(some_dockerfile());
  BOOST_REQUIRE(missing);
  BOOST_TEST(!missing->exists);
  store(missing->reference);
  BOOST_TEST(find(some_dockerfile())->exists);
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_base_that_cannot_be_had_ends_it) {
  outcome = make_error(ec::unauthenticated, "no");
  BOOST_TEST((code(find(image_source{"debian"})) == ec::unauthenticated));
  BOOST_TEST(jobs.size() == 1u);
  auto odd = ask<workspace_image_found>(
    actor, find_workspace_image{"r.example/x:1\n2", false});
  BOOST_TEST((code(odd) == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(need_a_repository) {
  all->images.workspace_repository.clear();
  BOOST_TEST((code(find(some_dockerfile())) == ec::failed_precondition));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
