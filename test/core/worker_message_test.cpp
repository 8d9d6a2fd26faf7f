#include "core/worker_job.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

template <class T>
T sent_and_read(const T& outcome) {
  auto text
    = to_json(worker_message{result<worker_outcome>{worker_outcome{outcome}}});
  BOOST_TEST(text.find('\n') == text.npos);
  auto back = message_from_json(text);
  BOOST_REQUIRE_MESSAGE(back, describe(back ? caf::error{} : back.error()));
  auto& inner = std::get<result<worker_outcome>>(*back);
  BOOST_REQUIRE(inner);
  return std::get<T>(*inner);
}

bool accepts(const std::string& text) {
  return static_cast<bool>(message_from_json(text));
}

std::string layer(const std::string& directory, const std::string& opaque) {
  return R"({"outcome":"unpacked","digest":"sha256:)" + std::string(64, 'a')
         + R"(","env":[],"user":"","working_dir":"","container":"","layers":[{"directory":")"
         + directory + R"(","bytes":1,"opaque":[)" + opaque + "]}]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(worker_message_test)

BOOST_AUTO_TEST_CASE(outcomes_survive_json) {
  auto made = initialize_outcome{"from-other", {{"git", duration{5}, 6}}};
  made.warnings = {"files of git-lfs: none"};
  auto initialized = sent_and_read(made);
  BOOST_TEST(initialized.warnings == made.warnings,
             boost::test_tools::per_element());
  BOOST_TEST(initialized.source == "from-other");
  BOOST_TEST(initialized.metrics.at(0).kind == "git");
  BOOST_TEST(initialized.metrics.at(0).took.count() == 5);
  BOOST_TEST(initialized.metrics.at(0).bytes == 6u);

  auto status = git_status{};
  status.branch = "main";
  status.uncommitted_files = {"a b", "\"q\""};
  status.total_uncommitted_files = 200;
  auto archived
    = sent_and_read(archive_outcome{9, std::string(64, 'b'), 3, status});
  BOOST_TEST(archived.bytes == 9u);
  BOOST_TEST(archived.entries == 3u);
  BOOST_TEST(archived.repo->uncommitted_files == status.uncommitted_files,
             boost::test_tools::per_element());
  BOOST_TEST(archived.repo->total_uncommitted_files == 200);

  BOOST_TEST(sent_and_read(status_outcome{status}).repo->branch == "main");
  BOOST_TEST(!sent_and_read(status_outcome{}).repo);

  auto verified = sent_and_read(verify_outcome{4, 5, std::string(64, 'a')});
  BOOST_TEST(verified.entries == 4u);
  auto needs = std::vector<uint32_t>{0, 3};
  auto partial = archive_outcome{1, std::string(64, 'a'), 1, {}, needs, 7};
  BOOST_TEST((sent_and_read(partial).needs == needs));
  BOOST_TEST(sent_and_read(partial).left_out == 7u);
  auto checked = verify_outcome{1, 1, std::string(64, 'a'), needs};
  BOOST_TEST((sent_and_read(checked).needs == needs));

  auto image = unpack_outcome{};
  image.digest = "sha256:" + std::string(64, 'c');
  image.layers = {{"finish-" + std::string(64, 'd'), 1, {}},
                  {std::string(64, 'e'), 2, {"a/\xff\n", ""}}};
  image.config = {{"A=b"}, "gitpod", "/w"};
  auto unpacked = sent_and_read(image);
  BOOST_TEST(unpacked.layers.at(1).opaque == image.layers.at(1).opaque,
             boost::test_tools::per_element());
  BOOST_TEST(unpacked.config.env == image.config.env,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(progress_and_errors_survive_json) {
  auto told = message_from_json(
    to_json(worker_message{worker_progress{"clone", "x", 1, 2}}));
  BOOST_REQUIRE(told);
  auto progress = std::get<worker_progress>(*told);
  BOOST_TEST(progress.what == "clone");
  BOOST_TEST(progress.total == 2u);

  auto failed = message_from_json(to_json(worker_message{
    result<worker_outcome>{make_error(ec::not_found, "no \xff backup")}}));
  BOOST_REQUIRE(failed);
  auto& why = std::get<result<worker_outcome>>(*failed);
  BOOST_REQUIRE(!why);
  BOOST_TEST(code_of(why.error()) == ec::not_found);
  BOOST_TEST(describe(why.error()).starts_with("no "));
}

BOOST_AUTO_TEST_CASE(a_taken_over_worker_cannot_name_what_it_may_not) {
  auto good = std::string(64, 'a');
  BOOST_TEST(accepts(layer(good, "")));
  BOOST_TEST(accepts(layer("finish-" + good, R"("YQ==")")));
  for (const auto& name :
       {std::string{"../x"}, std::string{"a/b"}, std::string{""},
        std::string(63, 'a'), std::string(64, 'A'), std::string{"finish-"},
        "finish-" + good + "/.."})
    BOOST_TEST(!accepts(layer(name, "")), name);
  // "../x", "/x", "a//b", "a/./b" and no base64 at all
  for (auto* path : {R"("Li4veA==")", R"("L3g=")", R"("YS8vYg==")",
                     R"("YS8uL2I=")", R"("a/b!")", "7"})
    BOOST_TEST(!accepts(layer(good, path)), path);
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_refused) {
  for (
    auto* text :
    {"", "[]", "{}", R"({"outcome":"flew"})",
     R"({"outcome":"initialized","source":"from-mars","metrics":[]})",
     R"({"outcome":"initialized","source":"from-other","metrics":[{"kind":"x","took_ns":1,"bytes":1}]})",
     R"({"outcome":"verified","entries":1,"bytes":1,"sha256":"x"})",
     R"({"outcome":"copied","entries":-1,"bytes":1})",
     R"({"outcome":"archived","bytes":1,"sha256":"xyz","entries":1})",
     R"({"error":"none","text":"x"})",
     R"({"progress":"a","text":"b","done":1})"})
    BOOST_TEST(!accepts(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
