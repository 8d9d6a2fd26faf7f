#include "core/builds/build_key.hpp"
#include "core/builds/build_log.hpp"
#include "core/builds/build_path.hpp"
#include "core/builds/build_recipe.hpp"
#include "core/record_json.hpp"
#include "core/worker_job.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

std::string through(log_censor censor, const std::vector<std::string>& pieces) {
  auto out = std::string{};
  for (const auto& piece : pieces)
    out += censor.pass(piece);
  return out + censor.finish();
}

dockerfile_source source_at(std::string path, std::string context = {}) {
  auto out = dockerfile_source{};
  out.dockerfile_path = std::move(path);
  out.context_path = std::move(context);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(build_texts)

BOOST_AUTO_TEST_CASE(a_word_is_censored_wherever_pieces_part_it) {
  auto word = std::string{"secret-word"};
  for (size_t at = 0; at <= word.size(); ++at)
    BOOST_TEST(through(log_censor{{word}},
                       {"a " + word.substr(0, at), word.substr(at) + " b"})
               == "a [censored] b");
  BOOST_TEST(through(log_censor{{"abcd", "abcdef"}}, {"abcd", "ef abcd"})
             == "[censored] [censored]");
  BOOST_TEST(through(log_censor{{"abcd"}}, {"ababc", "d", "abc"})
             == "ab[censored]abc");
}

BOOST_AUTO_TEST_CASE(text_that_waits_for_a_word_is_only_its_begin) {
  auto censor = log_censor{{"secret"}};
  BOOST_TEST(censor.pass("line\nse") == "line\n");
  BOOST_TEST(censor.pass("t\n") == "set\n");
}

BOOST_AUTO_TEST_CASE(short_words_are_left) {
  BOOST_TEST(through(log_censor{{"abc", ""}}, {"abc"}) == "abc");
}

BOOST_AUTO_TEST_CASE(terminals_are_not_moved) {
  auto colours = log_cleaner{};
  BOOST_TEST(colours.pass("\x1b[1;31mred\x1b[0m \x1b]0;title\x07on\x1b(B")
             == "red on");
  auto in_pieces = std::string{};
  for (auto piece : {"a\x1b[3", "1mb\x1b]8;;http://x", "\x1b\\c\x1b[\nd"})
    in_pieces += colours.pass(piece);
  BOOST_TEST(in_pieces == "abc\nd");
  auto cleaner = log_cleaner{};
  BOOST_TEST(cleaner.pass("a\x1b[2Jb\tc\r") == "ab\tc\n");
  BOOST_TEST(cleaner.pass("\nd\re\x07\n") == "d\ne\n");
}

BOOST_AUTO_TEST_CASE(a_ring_keeps_the_newest_part) {
  auto ring = log_ring{100};
  for (auto i = 0; i < 100; ++i)
    ring.add("0123456789");
  BOOST_TEST(ring.end() == 1000u);
  BOOST_TEST(ring.begin() >= 800u);
  BOOST_TEST(ring.read(990, 100) == "0123456789");
  BOOST_TEST(ring.read(995, 3) == "567");
  BOOST_TEST(ring.read(0, 1) == "0");
  BOOST_TEST(ring.read(1000, 1) == "");
}

BOOST_AUTO_TEST_CASE(paths_stay_in_the_context) {
  auto paths = build_paths(source_at("./a//b/Dockerfile"));
  BOOST_TEST(paths->dockerfile == "a/b/Dockerfile");
  BOOST_TEST(paths->directory == "a/b");
  BOOST_TEST(build_paths(source_at("/workspace/D", "."))->dockerfile == "D");
  BOOST_TEST(build_paths(source_at("D", "/workspace/x"))->directory == "x");
  BOOST_TEST(build_paths(source_at("a/D", "/workspace"))->directory == "");
  for (auto path : {"", "/", "/etc/passwd", "..", "a/../b", "/workspace",
                    "/workspaces/D", "/workspace/../etc"})
    BOOST_TEST(!build_paths(source_at(path)), path);
  BOOST_TEST(!build_paths(source_at("D", "/etc")));
  BOOST_TEST(!build_paths(source_at("D", "../x")));
}

BOOST_AUTO_TEST_CASE(keys_tell_apart_what_must_not_be_shared) {
  auto a = source_at("D");
  a.remote_uri = "https://x/r";
  auto b = a;
  b.remote_uri = "https://x/";
  b.clone_target = "r";
  auto none = build_auth{};
  BOOST_TEST((join_key_of("o", none, a, "") != join_key_of("o", none, b, "")));
  BOOST_TEST((cache_key_of("o", none, a) != cache_key_of("p", none, a)));
  auto later = a;
  later.clone_target = "v2";
  BOOST_TEST((cache_key_of("o", none, a) == cache_key_of("o", none, later)));
  auto with_token = a;
  with_token.secrets["x"] = "t";
  BOOST_TEST(
    (cache_key_of("o", none, a) == cache_key_of("o", none, with_token)));
  // Without a name, credentials are who one is.
  BOOST_TEST((cache_key_of("", none, a) != cache_key_of("", none, with_token)));
}

BOOST_AUTO_TEST_CASE(a_recipe_is_stored_whole_but_for_its_secrets) {
  auto source = source_at("D");
  source.dockerfile_version = "v";
  source.context_path = "c";
  source.remote_uri = "https://x/r";
  source.clone_target = "main";
  source.initializer = std::string{"\0\xff\n", 3};
  source.snapshots = {"s"};
  source.prebuilds = {"p"};
  source.local_repositories = {"/srv/r"};
  source.secrets = {{"token", "hush"}};
  auto auth = build_auth{true, true, true, {"r.example"}, {{"r", "bG9n"}}};
  auto record = build_record{};
  record.interruptions = 2;
  record.join_key = "j";
  record.recipe
    = std::make_shared<const build_recipe>(make_recipe(source, auth, true));
  auto text = to_json(record);
  for (auto secret : {"hush", "aHVzaA", "bG9n"})
    BOOST_TEST(text.find(secret) == std::string::npos);
  auto back = build_from_json(text);
  BOOST_REQUIRE(back);
  BOOST_TEST(to_json(*back) == text);
  BOOST_TEST(back->interruptions == 2u);
  BOOST_TEST(back->join_key == "j");
  BOOST_REQUIRE(back->recipe);
  auto read = *back->recipe;
  BOOST_TEST(read.had_secrets);
  BOOST_TEST(read.use_retry_client);
  BOOST_TEST((read.auth.any_of == auth.any_of));
  restore_secrets(kept_secrets(source, auth), read.source, read.auth);
  const auto& again = std::get<dockerfile_source>(read.source);
  BOOST_TEST(again.initializer == source.initializer);
  BOOST_TEST((again.local_repositories == source.local_repositories));
  BOOST_TEST((again.secrets == source.secrets));
  BOOST_TEST((read.auth.additional == auth.additional));
  BOOST_TEST(join_key_of("", read.auth, read.source, "b")
             == join_key_of("", auth, source, "b"));
  auto image = make_recipe(image_source{"debian"}, {}, false);
  BOOST_TEST(!image.had_secrets);
  record.recipe = std::make_shared<const build_recipe>(image);
  auto of_image = build_from_json(to_json(record));
  BOOST_REQUIRE(of_image);
  BOOST_TEST(std::get<image_source>(of_image->recipe->source).reference
             == "debian");
}

BOOST_AUTO_TEST_CASE(jobs_of_builds_survive_the_way_to_the_worker) {
  auto build = build_image_job{};
  build.context = "/c";
  build.dockerfile = "D";
  build.storage = "/s";
  build.scratch = "/t";
  build.out = "/o";
  build.bases.push_back(
    {"a", "sha256:" + std::string(64, 'a'), "/l", "", {{"X=1"}, "u", "/w"}, 7});
  build.known_id = "sha256:" + std::string(64, 'c');
  build.log_fd = 10;
  auto context = context_job{{}, "D", ""};
  context.content.destination = "/c";
  context.content.without_history = true;
  for (const auto& job :
       {worker_job{build}, worker_job{context},
        worker_job{fetch_image_job{"a", "/o", "/t", true, "{}"}},
        worker_job{push_image_job{
          "/l", "sha256:" + std::string(64, 'b'), {"x", "y"}, "/t", false, ""}},
        worker_job{unpack_job{-1, "/o", "/l", {"h"}}}}) {
    auto back = job_from_json(to_json(job));
    BOOST_REQUIRE(back);
    BOOST_TEST(to_json(*back) == to_json(job));
  }
  build.dockerfile = "../D";
  BOOST_TEST(!job_from_json(to_json(worker_job{build})));
}

BOOST_AUTO_TEST_SUITE_END()
