#include "test/objects/faulty_store.hpp"

#include <cstdio>
#include <memory>
#include <thread>

/// Backups to a store that does not do as it should.
namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(s3_publishing, faulty_store)

BOOST_AUTO_TEST_CASE(backs_up_in_spite_of_what_passes) {
  const auto slow_down = reply("503 Slow Down", error_body("SlowDown"));
  const auto internal
    = reply("500 Internal Server Error", error_body("InternalError"));
  const auto late_error = reply("200 OK", error_body("InternalError"));
  struct {
    const char* name;
    fault how;
    const char* what;
  } cases[] = {
    {"connections end", {kind::refuse}, ""},
    {"too busy", slow_down, ""},
    {"broken inside", internal, whole_part},
    {"a part is cut", {kind::cut_request, 50'000}, whole_part},
    {"a part is damaged", {kind::flip_request, 50'000}, whole_part},
    {"a part's answer is lost", {kind::lose_answer}, whole_part},
    {"the joining fails late", late_error, "POST ?uploadId="},
    {"the joining is cut", {kind::cut_answer, 10}, "POST ?uploadId="},
    {"the joining's answer is lost", {kind::lose_answer}, "POST ?uploadId="},
    {"the list's answer is lost", {kind::lose_answer}, "PUT .json"},
    {"the list comes damaged", {kind::flip_answer, 30}, "GET .json"},
    {"silence", {kind::silence}, whole_part},
    {"sent elsewhere for now",
     reply("307 Temporary Redirect", error_body("TemporaryRedirect")), ""},
  };
  for (const auto& each : cases)
    BOOST_TEST_CONTEXT(each.name) {
      spoil(each.how, 2, each.what);
      must_back_up();
    }
}

BOOST_FIXTURE_TEST_CASE(fails_with_the_fitting_code_and_shows_nothing,
                        hopeless_store) {
  BOOST_REQUIRE(world.back_up("before"));
  const auto denied = reply("403 Forbidden", error_body("AccessDenied"));
  const auto gone = reply("404 Not Found", error_body("NoSuchBucket"));
  struct {
    const char* name;
    fault how;
    const char* what;
    ec code;
  } cases[] = {
    {"a store that is down", {kind::refuse}, "", ec::unavailable},
    {"a key that is no more", denied, "", ec::permission_denied},
    {"a key that may not write", denied, whole_part, ec::permission_denied},
    {"parts that never arrive",
     {kind::cut_request, 9},
     whole_part,
     ec::unavailable},
    {"parts that never join", reply("200 OK", error_body("InternalError")),
     "POST ?uploadId=", ec::unavailable},
    {"a list that cannot be written", denied, "PUT .json",
     ec::permission_denied},
    {"no bucket", gone, "", ec::failed_precondition},
  };
  for (const auto& each : cases)
    BOOST_TEST_CONTEXT(each.name) {
      spoil(each.how, always, each.what);
      auto code = must_not_back_up();
      BOOST_TEST(to_string(code) == to_string(each.code));
    }
}

BOOST_AUTO_TEST_CASE(believes_no_store_that_has_other_bytes) {
  BOOST_REQUIRE(world.back_up("before"));
  // It says that it has the archive, but not of which content.
  auto lie = reply("200 OK", "", "");
  lie.text = "HTTP/1.1 200 OK\r\nContent-Length: 450001\r\n"
             "ETag: \"opaque\"\r\nConnection: close\r\n\r\n";
  spoil(lie, always, [](const auto& head) {
    return head.starts_with("HEAD ") && is_about(head, "trail-");
  });
  BOOST_TEST((must_not_back_up() == ec::data_loss));
}

BOOST_AUTO_TEST_CASE(reads_back_what_has_no_md5) {
  auto text = archive_text(3);
  auto opaque
    = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size())
      + "\r\nETag: \"opaque\"\r\nConnection: close\r\n\r\n";
  auto read = std::make_shared<int>();
  proxy.set([=](const std::string& head) {
    if (head.starts_with("HEAD ") && is_about(head, "trail-"))
      return fault{kind::answer, 0, opaque};
    // The true etag is another one: the condition would not hold.
    if (head.starts_with("GET ") && is_about(head, "trail-"))
      return ++*read, reply("206 Partial Content", "other bytes");
    return fault{};
  });
  auto outcome = world.back_up(text);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::data_loss));
  BOOST_TEST(*read == 1);
}

BOOST_AUTO_TEST_CASE(takes_what_it_reads_back_for_an_answer) {
  auto text = archive_text(8);
  auto opaque
    = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size())
      + "\r\nETag: \"opaque\"\r\nConnection: close\r\n\r\n";
  auto read = std::make_shared<size_t>();
  proxy.set([=](const std::string& head) {
    if (head.starts_with("HEAD ") && is_about(head, "trail-"))
      return fault{kind::answer, 0, opaque};
    auto range = head.find("range: bytes=");
    if (!head.starts_with("GET ") || range == head.npos)
      return fault{};
    auto first = size_t{0}, last = size_t{0};
    std::sscanf(head.c_str() + range, "range: bytes=%zu-%zu", &first, &last);
    *read += last + 1 - first;
    return reply("206 Partial Content", text.substr(first, last + 1 - first));
  });
  must_back_up(text);
  BOOST_TEST(*read == text.size());
}

BOOST_AUTO_TEST_CASE(copies_in_parts_what_is_too_long_for_one_request) {
  auto store = server().make_bucket();
  store.limits.longest_copy = 100'000;
  auto careful = s3_world{store};
  auto text = archive_text(10);
  auto outcome = careful.back_up(text);
  BOOST_REQUIRE_MESSAGE(!!outcome, (outcome ? "" : describe(outcome.error())));
  BOOST_TEST((careful.raw("full.tar.zst") == text));
  BOOST_TEST(careful.open_uploads() == 0u);
}

BOOST_AUTO_TEST_CASE(another_writer_of_the_list_is_noticed) {
  BOOST_REQUIRE(world.back_up("before"));
  spoil(reply("412 Precondition Failed", error_body("PreconditionFailed")),
        always, [](const auto& head) {
          return head.starts_with("PUT ") && is_of_list(head);
        });
  BOOST_TEST((must_not_back_up() == ec::aborted));
}

BOOST_AUTO_TEST_CASE(ends_what_a_crash_left_of_the_same_workspace) {
  world.leave_upload("alice/workspaces/project-1/trail-7.tar.zst");
  world.leave_upload("alice/workspaces/project-2/trail-7.tar.zst");
  BOOST_REQUIRE(world.back_up("one"));
  BOOST_TEST(world.open_uploads() == 1u);
}

BOOST_AUTO_TEST_CASE(ends_old_uploads_at_start) {
  auto store = server().make_bucket();
  {
    auto before = s3_world{store};
    before.leave_upload("bob/workspaces/project-2/snapshot-7.tar.zst");
    before.leave_upload("somebody/elses");
  }
  store.limits.abandoned = -1h; // as if it were later
  auto after = s3_world{store};
  auto until = std::chrono::steady_clock::now() + 20s;
  while (after.open_uploads() > 1 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(after.open_uploads() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
