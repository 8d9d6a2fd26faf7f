#include "test/builds/build_fixture.hpp"

#include <algorithm>

using namespace berth;
using namespace berth::test;

BOOST_FIXTURE_TEST_SUITE(build_logs, build_fixture)

BOOST_AUTO_TEST_CASE(the_past_is_replayed_and_the_end_is_told) {
  start();
  held = {"build"};
  build(request_of());
  auto past = read("b0");
  BOOST_REQUIRE(past.is_there);
  BOOST_TEST((past.what->text.find("STEP 1/1") != std::string::npos));
  BOOST_TEST(!past.what->is_last);
  let_go("build");
  auto rest = read("", "localhost/workspace:tag", past.what->next);
  BOOST_REQUIRE(rest.is_there);
  BOOST_TEST((rest.what->text.find("Done: ") != std::string::npos));
  BOOST_TEST(rest.what->is_last);
  BOOST_TEST(read("b0", "", rest.what->next).what->is_last);
}

BOOST_AUTO_TEST_CASE(who_has_heard_all_waits_for_more) {
  start();
  held = {"build"};
  build(request_of());
  auto past = read("b0");
  auto heard = std::make_shared<std::vector<build_log_piece>>();
  self->send(builds, read_build_log{"b0", "", past.what->next,
                                    answer<build_log_piece>{
                                      [heard](result<build_log_piece> it) {
                                        heard->push_back(*it);
                                      }}});
  settle();
  BOOST_TEST(heard->empty());
  let_go("build");
  BOOST_TEST(heard->size() == 1u);
}

BOOST_AUTO_TEST_CASE(secrets_of_a_request_are_not_in_its_log) {
  output = "token hunter2-secret and \x1b[31mbase64 cGFzcw==\r\nok\n";
  start();
  held = {"build"};
  auto what = request_of();
  std::get<dockerfile_source>(what.source).secrets["a"] = "hunter2-secret";
  what.auth.additional["r.example"] = "dXNlcjpwYXNz"; // user:pass
  build(what);
  auto text = read("b0").what->text;
  BOOST_TEST((text.find("hunter2") == std::string::npos));
  BOOST_TEST((text.find("token [censored] and base64") != std::string::npos));
  BOOST_TEST((text.find("\nok\n") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_log_outlives_the_berthd_that_wrote_it) {
  output = std::string(300'000, 'x') + "\nand the last line\n";
  start();
  build(request_of());
  auto whole = [&] {
    auto text = std::string{};
    for (uint64_t from = 0;;) {
      auto next = read("b0", "", from);
      BOOST_REQUIRE(next.is_there);
      BOOST_REQUIRE(next.what);
      text += next.what->text;
      from = next.what->next;
      if (next.what->is_last)
        return text;
    }
  };
  auto before = whole();
  BOOST_TEST((before.find("and the last line\n") != std::string::npos));
  auto record = disk["b0"];
  start({record});
  BOOST_TEST((whole() == before));
  auto names = read("b0").what->names;
  BOOST_TEST((std::ranges::find(names, record.digest) != names.end()));
}

BOOST_AUTO_TEST_CASE(nobody_knows_the_log_of_no_build) {
  start();
  BOOST_TEST((code_of(read("none").what.error()) == ec::not_found));
  BOOST_TEST((code_of(read("", "x/y:z").what.error()) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
