#include "http_gateway/listen_address.hpp"
#include "http_gateway/pages.hpp"
#include "http_gateway/server.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

using namespace berth;
using namespace berth::http;

namespace {

using get_handler = std::function<void(const get_workspaces&)>;

workspace_manager_actor::behavior_type manager_fun(get_handler* on_get) {
  return {[](const start_workspace&) {},
          [](const stop_workspace&) {},
          [](const describe_workspace&) {},
          [on_get](const get_workspaces& msg) {
            if (*on_get)
              (*on_get)(msg);
          },
          [](const mark_active&) {},
          [](const adjust_workspace&) {},
          [](const take_snapshot&) {},
          [](const backup_workspace&) {},
          [](const exec_in_workspace&) {},
          [](const find_log&) {},
          [](const drain&) {}};
}

record_ptr sample(const std::string& id, phase in) {
  auto record = std::make_shared<workspace_record>();
  record->spec.id = id;
  record->phase = in;
  record->owner_token = "very-secret";
  record->message = "<b>\xff";
  return record;
}

struct http_server_fixture {
  void start() {
    auto started = http_gateway::start(
      config_of_node, actors.spawn([this] { return manager_fun(&on_get); }),
      {"node", "1.2.3",
       [](exposition& out) { out.metric("more", "gauge", "More.", 1); },
       [](exposition& out, const auto& records) {
         out.metric("seen", "gauge", "Seen.",
                    static_cast<double>(records.size()));
       }});
    BOOST_REQUIRE(started);
    server = std::move(*started);
  }

  /// The whole answer to one request, head and body.
  std::string ask(const std::string& path, const std::string& method = "GET",
                  const std::string& headers = "") {
    auto where = parse_listen_address(server->address());
    BOOST_REQUIRE(where);
    auto socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_REQUIRE(::connect(socket, where->get(), sizeof(sockaddr_in)) == 0);
    auto request = method + " " + path
                   + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers
                   + "\r\n";
    BOOST_REQUIRE(::send(socket, request.data(), request.size(), 0)
                  == static_cast<ssize_t>(request.size()));
    auto answer = std::string{};
    char piece[4096];
    for (auto got = ::recv(socket, piece, sizeof(piece), 0); got > 0;
         got = ::recv(socket, piece, sizeof(piece), 0))
      answer.append(piece, static_cast<size_t>(got));
    ::close(socket);
    return answer;
  }

  settings config_of_node = [] {
    auto made = settings{};
    made.http.address = "127.0.0.1:0";
    return made;
  }();
  get_handler on_get;
  caf::actor_system_config config;
  caf::actor_system actors{config};
  std::unique_ptr<http_gateway> server;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_gateway_test, http_server_fixture)

BOOST_AUTO_TEST_CASE(is_healthy_before_it_is_ready) {
  on_get = [](const get_workspaces& msg) {
    msg.to.refuse(ec::unavailable, "recovering");
  };
  start();
  BOOST_TEST(ask("/healthz").starts_with("HTTP/1.1 200"));
  auto ready = ask("/readyz");
  BOOST_TEST(ready.starts_with("HTTP/1.1 503"));
  BOOST_TEST(has(ready, "recovering"));
  BOOST_TEST(ask("/api/workspaces").starts_with("HTTP/1.1 503"));
  auto metrics = ask("/metrics");
  BOOST_TEST(metrics.starts_with("HTTP/1.1 200"));
  BOOST_TEST(has(metrics, "\nberth_ready 0\n"));
  BOOST_TEST(has(metrics, "\nmore 1\n"));
  BOOST_TEST(!has(metrics, "berth_workspaces"));
  BOOST_TEST(!has(metrics, "seen"));
}

BOOST_AUTO_TEST_CASE(shows_workspaces_but_no_token) {
  on_get = [](const get_workspaces& msg) {
    msg.to.give({sample("w1", phase::running), sample("w2", phase::stopped)});
  };
  start();
  BOOST_TEST(ask("/readyz").starts_with("HTTP/1.1 200"));
  auto shown = ask("/api/workspaces");
  BOOST_TEST(shown.starts_with("HTTP/1.1 200"));
  BOOST_TEST(has(shown, "\"id\":\"w1\""));
  BOOST_TEST(has(shown, "\"phase\":\"stopped\""));
  BOOST_TEST(!has(shown, "very-secret"));
  auto metrics = ask("/metrics");
  BOOST_TEST(has(metrics, "berth_workspaces{phase=\"running\"} 1\n"));
  BOOST_TEST(has(metrics, "berth_workspaces{phase=\"creating\"} 0\n"));
  BOOST_TEST(has(metrics, "berth_build_info{version=\"1.2.3\"} 1\n"));
  BOOST_TEST(has(metrics, "process_resident_memory_bytes "));
  BOOST_TEST(has(metrics, "\nberth_ready 1\n"));
  BOOST_TEST(has(metrics, "\nmore 1\n"));
  BOOST_TEST(has(metrics, "\nseen 2\n"));
  BOOST_TEST(!has(metrics, "very-secret"));
}

BOOST_AUTO_TEST_CASE(serves_a_page_for_people) {
  start();
  BOOST_TEST(has(ask("/"), "<!doctype html>"));
  BOOST_TEST(has(ask("/status.js"), "/api/workspaces"));
  BOOST_TEST(has(ask("/status.css"), "text/css"));
  BOOST_TEST(ask("/none").starts_with("HTTP/1.1 404"));
  BOOST_TEST(ask("/", "POST").starts_with("HTTP/1.1 405"));
}

BOOST_AUTO_TEST_CASE(decides_for_the_proxy_which_requests_pass) {
  config_of_node.ingress
    = {"/may-it", "http://{{ .Prefix }}.x", "", "http://x"};
  auto record
    = std::make_shared<workspace_record>(*sample("w1", phase::running));
  record->spec.meta_id = "meta";
  record->node_ip = "10.20.0.2";
  on_get = [&](const get_workspaces& msg) { msg.to.give({record}); };
  start();
  auto passed = ask("/may-it", "GET",
                    "X-Berth-Host: meta.x\r\n"
                    "X-Gitpod-Owner-Token: very-secret\r\nCookie: a=b\r\n"
                    "X-Berth-Supervisor: 1\r\n");
  BOOST_TEST(passed.starts_with("HTTP/1.1 200"));
  BOOST_TEST(has(passed, "X-Berth-Upstream: http://10.20.0.2:22999\r\n"));
  BOOST_TEST(has(passed, "X-Berth-Cookie: a=b\r\n"));
  auto refused = ask("/may-it", "GET", "X-Berth-Host: meta.x\r\n");
  BOOST_TEST(refused.starts_with("HTTP/1.1 401"));
  BOOST_TEST(!has(refused, "very-secret"));
  on_get = [](const get_workspaces& msg) {
    msg.to.refuse(ec::unavailable, "recovering");
  };
  BOOST_TEST(has(ask("/may-it"), "X-Berth-Status: 503\r\n"));
  BOOST_TEST(ask("/authorize").starts_with("HTTP/1.1 404"));
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_the_manager) {
  auto asked = std::promise<answer<std::vector<record_ptr>>>{};
  on_get = [&](const get_workspaces& msg) { asked.set_value(msg.to); };
  start();
  auto shown
    = std::async(std::launch::async, [this] { return ask("/api/workspaces"); });
  auto to = asked.get_future().get();
  server->stop();
  shown.get();
  to.give({});
}

BOOST_AUTO_TEST_CASE(addresses_are_not_looked_up) {
  for (const auto* text : {"127.0.0.1:80", "[::1]:0", "localhost:1"})
    BOOST_CHECK(parse_listen_address(text));
  for (const auto* text : {"127.0.0.1", "example.com:80", "127.0.0.1:99999",
                           "127.0.0.1:8x", "::1:80", ":80"})
    BOOST_CHECK(!parse_listen_address(text));
  start();
  config_of_node.http.address = server->address();
  BOOST_CHECK(!http_gateway::start(config_of_node, {}, {}));
}

BOOST_AUTO_TEST_SUITE_END()
