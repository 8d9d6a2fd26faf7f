#include "test/registry/registry_world.hpp"
#include "test/worker/tar_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <nlohmann/json.hpp>

/// Images of builds on their way from and to a registry that misbehaves.
namespace berth::test {

using namespace std::chrono_literals;
using kind = fault::kind;

namespace {

bool asks_for(const std::string& head, const char* what) {
  return first_line(head).find(what) != std::string::npos;
}

struct transfer : proxied_registry {
  std::string host() const {
    return "127.0.0.1:" + std::to_string(proxy.port());
  }

  /// "", or why it did not come.
  std::string fetch(std::chrono::seconds patience = 120s,
                    const std::string& image = "/team/app:1") {
    auto out = std::to_string(count_++);
    auto run = run_worker(fetch_image_job{host() + image,
                                          temp.make("out" + out),
                                          temp.make("scratch" + out),
                                          true,
                                          {},
                                          patience});
    if (run.outcome)
      BOOST_TEST(std::get<image_outcome>(*run.outcome).digest
                 == images.digest());
    return run.outcome ? "" : to_string(code_of(run.outcome.error()));
  }

  std::string push(std::chrono::seconds patience = 120s) {
    auto out = std::to_string(count_++);
    auto run = run_worker(push_image_job{one_image(out),
                                         images.digest(),
                                         {host() + "/pushed/" + out + ":1"},
                                         temp.make("scratch" + out),
                                         true,
                                         {},
                                         patience});
    return run.outcome ? "" : to_string(code_of(run.outcome.error()));
  }

  /// What asks for `what` fares so.
  void spoil_only(const char* what, const fault& how) {
    proxy.set([what, how](const std::string& head) {
      return asks_for(head, what) ? how : fault{};
    });
  }

  temp_dir temp;

private:
  /// A layout as builds leave it.
  std::string one_image(const std::string& name) {
    auto copy = (temp / ("layout" + name)).native();
    shell("cp -r '" + images.single().native() + "' '" + copy + "'");
    auto index = nlohmann::json::parse(read_file(copy + "/index.json"));
    index["manifests"].erase(0); // for another machine
    write_file(copy + "/index.json", index.dump());
    return copy;
  }

  int count_ = 0;
};

/// In place of a registry that asks to be left alone: it may be asked again at
/// once, or this would take a minute.
fault too_busy() {
  return reply("429 Too Many Requests", "{}", "Retry-After: 0\r\n");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(transfers_of_images, transfer)

BOOST_AUTO_TEST_CASE(bring_what_the_registry_promised_or_nothing) {
  BOOST_TEST(fetch() == "");
  const struct {
    const char* what;
    fault how;
    const char* code;
  } table[] = {
    {"/", {kind::refuse}, "unavailable"},
    {"/manifests/", too_busy(), "unavailable"},
    {"/manifests/", reply("401 Unauthorized", "{}"), "permission_denied"},
    {"/manifests/", reply("404 Not Found", "{}"), "not_found"},
    {"/manifests/", {kind::cut_answer, 10}, "unavailable"},
    {"/blobs/", {kind::flip_answer, 5}, "unavailable"},
    {"/blobs/", reply("200 OK", "another blob"), "unavailable"},
    {"/blobs/", reply("404 Not Found", "{}"), "not_found"},
    {"/blobs/", reply("500 Internal Server Error", "{}"), "unavailable"},
  };
  for (const auto& each : table)
    BOOST_TEST_CONTEXT(each.what << " " << each.code) {
      spoil_only(each.what, each.how);
      BOOST_TEST(fetch() == each.code);
    }
  spoil_only("/", {});
  BOOST_TEST(fetch() == "");
}

BOOST_AUTO_TEST_CASE(are_read_down_to_their_layers) {
  auto liar = oci_layout{};
  liar.add_layer(tar_bytes{}.file("f", "x").bytes(), true);
  server.push(liar.finish(), "team/liar:1");
  BOOST_TEST(fetch(120s, "/team/liar:1") == "data_loss");
}

BOOST_AUTO_TEST_CASE(end_with_a_registry_that_stands_still) {
  for (auto what : {"/manifests/", "/blobs/"}) {
    spoil_only(what, {kind::silence});
    BOOST_TEST(fetch(1s) == "unavailable");
  }
  spoil_only("/blobs/uploads/", {kind::silence});
  BOOST_TEST(push(1s) == "unavailable");
}

BOOST_AUTO_TEST_CASE(survive_what_happens_once) {
  auto broken = reply("500 Internal Server Error", "{}");
  for (const auto& how : {fault{kind::cut_answer, 10}, fault{kind::refuse},
                          fault{kind::flip_answer, 5}, broken}) {
    auto left = std::make_shared<std::atomic<int>>(1);
    proxy.set([how, left](const std::string& head) {
      return asks_for(head, "/blobs/sha256") && left->fetch_sub(1) > 0
               ? how
               : fault{};
    });
    BOOST_TEST(fetch() == "");
  }
  for (auto* verb : {"PUT /v2/pushed/", "GET /v2/pushed/"}) {
    auto left = std::make_shared<std::atomic<int>>(1);
    proxy.set([broken, left, verb](const std::string& head) {
      return asks_for(head, verb) && asks_for(head, "/manifests/")
                 && left->fetch_sub(1) > 0
               ? broken
               : fault{};
    });
    BOOST_TEST(push() == "");
  }
}

BOOST_AUTO_TEST_CASE(are_believed_only_what_the_registry_has_afterwards) {
  BOOST_TEST(push() == "");
  proxy.set([](const std::string& head) {
    return asks_for(head, "GET ") && asks_for(head, "/manifests/")
             ? reply("200 OK", "{\"schemaVersion\": 2}",
                     "Content-Type: application/vnd.oci.image.manifest.v1+json"
                     "\r\n")
             : fault{};
  });
  BOOST_TEST(push() == "data_loss");
  const std::pair<fault, const char*> table[] = {
    {{kind::refuse}, "unavailable"},
    {reply("401 Unauthorized", "{}"), "permission_denied"},
    {reply("500 Internal Server Error", "{}"), "unavailable"},
  };
  for (const auto& [how, code] : table) {
    spoil_only("/blobs/", how);
    BOOST_TEST(push() == code);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
