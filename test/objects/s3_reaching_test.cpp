#include "core/s3/client.hpp"
#include "test/objects/faulty_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <thread>

/// Restores from such a store, and how it is reached.
namespace berth::test {

namespace {

/// Of this process.
auto threads() {
  auto all = std::filesystem::directory_iterator{"/proc/self/task"};
  return std::distance(begin(all), end(all));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(s3_reaching, faulty_store)

BOOST_AUTO_TEST_CASE(goes_on_reading_where_a_transfer_broke) {
  auto text = archive_text(4);
  BOOST_REQUIRE(world.back_up(text));
  for (auto how : {kind::cut_answer, kind::reset_answer}) {
    auto breaks = std::make_shared<int>();
    proxy.set([=](const std::string& head) {
      if (head.starts_with("GET ") && is_about(head, "trail-") && ++*breaks < 5)
        return fault{how, 70'000};
      return fault{};
    });
    BOOST_TEST((world.read(world.storage->open_backup(mine)) == text));
    BOOST_TEST(*breaks == 5);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_end_is_reset) {
  BOOST_REQUIRE(world.back_up(archive_text(5)));
  auto n = std::make_shared<int>();
  proxy.set([=](const std::string& head) {
    if (!head.starts_with("GET ") || !is_about(head, "trail-"))
      return fault{};
    return ++*n == 1 ? fault{kind::cut_answer, 70'000}
                     : reply("412 Precondition Failed", "");
  });
  auto text = world.read(world.storage->open_backup(mine));
  BOOST_TEST(text == "Connection reset by peer");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_service_resets_streams) {
  BOOST_REQUIRE(world.back_up(archive_text(6)));
  auto opened = world.storage->open_backup(mine);
  BOOST_REQUIRE(opened);
  world.storage->stop();
  world.storage.reset(); // waits for the thread
  BOOST_TEST(world.read(opened) == "Connection reset by peer");
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_ends_the_transfer) {
  BOOST_REQUIRE(world.back_up(archive_text(7)));
  auto before = threads();
  auto opened = world.storage->open_backup(mine);
  BOOST_REQUIRE(opened);
  auto byte = char{};
  BOOST_TEST(::read(opened->content.get(), &byte, 1) == 1);
  BOOST_TEST(threads() > before);
  opened->content = sys::fd{};
  auto until = std::chrono::steady_clock::now() + 20s;
  while (threads() > before && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(threads() <= before); // an earlier one may have ended meanwhile
}

BOOST_AUTO_TEST_CASE(stops_at_once_while_a_store_is_down) {
  spoil({kind::refuse}, always, "");
  auto outcome = std::async(std::launch::async,
                            [&] { return world.storage->open_backup(mine); });
  while (proxy.requests() < 3)
    std::this_thread::yield();
  world.storage->stop();
  auto opened = outcome.get();
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::cancelled));
}

BOOST_AUTO_TEST_CASE(follows_the_clock_of_the_store) {
  // Signed with the time of this machine, requests are refused.
  auto theirs = std::time(nullptr) + 7200;
  auto date = std::array<char, 64>{};
  auto parts = std::tm{};
  std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT",
                ::gmtime_r(&theirs, &parts));
  auto day_and_hour = std::array<char, 32>{};
  std::strftime(day_and_hour.data(), day_and_hour.size(),
                "x-amz-date: %Y%m%dT%H", &parts);
  auto in_time = std::make_shared<int>();
  proxy.set([=](const std::string& head) {
    if (head.find(day_and_hour.data()) == head.npos)
      return reply("403 Forbidden", error_body("RequestTimeTooSkewed"),
                   "Date: " + std::string{date.data()} + "\r\n");
    ++*in_time;
    return reply("404 Not Found", error_body("NoSuchKey"));
  });
  auto opened = world.storage->open({mine, snapshot_file(5)});
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::not_found));
  BOOST_TEST(*in_time >= 1);
}

BOOST_AUTO_TEST_CASE(tells_nobody_the_key) {
  proxy.set([](const std::string&) {
    return reply("403 Forbidden", error_body("testsecret\n\x1b[1m"));
  });
  auto opened = world.storage->open_backup(mine);
  BOOST_REQUIRE(!opened);
  auto text = describe(opened.error());
  BOOST_TEST(text.find('\n') == text.npos);
  BOOST_TEST(text.find('\x1b') == text.npos);
  BOOST_TEST(text.find("Signature") == text.npos);
}

BOOST_AUTO_TEST_CASE(takes_a_new_key_without_a_restart) {
  auto store = server().make_bucket();
  store.secret_key_file = world.root / "secret";
  auto rotated = s3_world{store};
  auto write = [&](const std::string& key) {
    std::filesystem::remove(store.secret_key_file);
    auto fd = sys::fd{::open(store.secret_key_file.c_str(),
                             O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    BOOST_REQUIRE(::write(fd.get(), key.data(), key.size())
                  == static_cast<ssize_t>(key.size()));
  };
  auto code = [&] { return code_of(rotated.storage->probe().error()); };
  BOOST_TEST((code() == ec::failed_precondition));
  write("wrong");
  BOOST_TEST((code() == ec::permission_denied));
  write("testsecret\n");
  BOOST_TEST(!!rotated.storage->probe());
}

BOOST_AUTO_TEST_CASE(trusts_no_certificate_that_nobody_signed) {
  auto impostor = s3_server{true};
  auto store = server().make_bucket();
  store.endpoint = "https://127.0.0.1:" + std::to_string(impostor.port());
  auto stop = s3::stop_signal{};
  auto outcome = s3::client{store, stop}.attempt({});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::unavailable));
  auto text = describe(outcome.error());
  BOOST_TEST(text.find("certificate") != text.npos, text);
}

BOOST_AUTO_TEST_CASE(trusts_whom_the_named_authority_vouches_for) {
  auto vouched = s3_server{true};
  // Over TLS the server sometimes falls silent: time to ask it again.
  auto named = patient(vouched.make_bucket(), 60s);
  named.limits.reading = 60s;
  auto secure = s3_world{named};
  auto outcome = secure.back_up(archive_text(9));
  BOOST_REQUIRE_MESSAGE(!!outcome, (outcome ? "" : describe(outcome.error())));
  auto opened = secure.storage->open_backup(mine);
  BOOST_TEST((secure.read(opened) == archive_text(9)));

  auto other = s3_server{true};
  auto store = vouched.make_bucket();
  store.ca_file = other.dir() / "cert.pem";
  auto misled = s3_world{store};
  auto text = std::string{"no answer in time"};
  for (int i = 0; i < 20 && text.ends_with("no answer in time"); ++i) {
    auto refused = misled.storage->probe();
    BOOST_REQUIRE(!refused);
    text = describe(refused.error());
  }
  BOOST_TEST(text.find("certificate") != text.npos, text);
}

BOOST_AUTO_TEST_CASE(reaches_a_bucket_by_its_host_name) {
  auto store = server().make_bucket();
  store.endpoint = "http://localhost:" + std::to_string(server().port());
  store.path_style = false;
  auto by_host = s3_world{store};
  auto outcome = by_host.back_up("by host");
  BOOST_REQUIRE_MESSAGE(!!outcome, (outcome ? "" : describe(outcome.error())));
  BOOST_TEST(by_host.read(by_host.storage->open_backup(mine)) == "by host");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
