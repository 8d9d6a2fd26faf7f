#include "core/builds/build_key.hpp"
#include "core/builds/build_log.hpp"
#include "core/builds/build_path.hpp"
#include "core/builds/build_recipe.hpp"
#include "core/builds/dockerfile.hpp"
#include "core/record_json.hpp"
#include "core/worker_job.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <utility>

using namespace berth;

namespace {

std::vector<std::string> images_in(const std::string& text) {
  return dockerfile::parse(text)->images();
}

using names = std::vector<std::string>;

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

BOOST_AUTO_TEST_SUITE(dockerfiles)

BOOST_AUTO_TEST_CASE(stages_are_no_images) {
  BOOST_TEST(images_in("FROM a AS one\nFROM one\nfrom --platform=x b:1 as Two\n"
                       "COPY --from=two /x /y\nCOPY --from=0 /x /y\n"
                       "COPY --chown=1 --from=c:2 /x /y\nFROM scratch\n"
                       "RUN --mount=type=bind,from=one,target=/m "
                       "--mount=from=d:3,target=/n --x x from=e\n")
             == (names{"a", "b:1", "c:2", "d:3"}));
}

BOOST_AUTO_TEST_CASE(arguments_are_filled_in_with_their_defaults) {
  BOOST_TEST(images_in("ARG v=12 n=\"debian\"\nARG o\nFROM $n:${v}\n"
                       "FROM ${n}:${x:-11}${o:+no}\nARG v=9\nFROM $n:$v\n")
             == (names{"debian:12", "debian:11"}));
}

BOOST_AUTO_TEST_CASE(lines_go_on_past_comments_and_odd_escapes) {
  BOOST_TEST(images_in("FROM \\\n# a comment\n\n  a\nRUN x \\\n  FROM b\n")
             == names{"a"});
  BOOST_TEST(images_in("# escape=`\nFROM `\n a\nRUN dir c:\\\nFROM b\n")
             == (names{"a", "b"}));
  BOOST_TEST(images_in("\xef\xbb\xbf"
                       "# escape=`x\nFROM `\n a\n")
             == names{"a"});
}

BOOST_AUTO_TEST_CASE(only_the_names_of_images_are_replaced) {
  auto text = std::string{"# FROM a\nFROM a AS x\nRUN echo a\n"
                          "COPY --from=a /a /a\n"};
  BOOST_TEST(dockerfile::parse(text)->with({{"a", "local/a"}})
             == "# FROM a\nFROM local/a AS x\nRUN echo a\n"
                "COPY --from=local/a /a /a\n");
  BOOST_TEST(dockerfile::parse(text)->with({}) == text);
}

/// What became of it, and the files of its documents.
std::pair<std::string, std::map<std::string, std::string>>
plain(const std::string& text) {
  auto parsed = dockerfile::parse("FROM a\n" + text);
  if (!parsed)
    return {describe(parsed.error()), {}};
  auto files = std::map<std::string, std::string>{};
  for (const auto& each : parsed->documents())
    files[each.path] = (each.is_program ? "program: " : "") + each.text;
  return {parsed->with({}).substr(7), files};
}

BOOST_AUTO_TEST_CASE(a_here_document_becomes_a_file_that_is_run) {
  auto [text, files]
    = plain("RUN --mount=type=cache,target=/c <<EOF\na\n b\nEOF\nUSER x\n");
  BOOST_REQUIRE_EQUAL(files.size(), 1u);
  auto name = files.begin()->first;
  BOOST_TEST(files[name] == "a\n b\n");
  BOOST_TEST(text
             == "RUN --mount=type=cache,target=/c --mount=type=bind,from="
                "berth-here-documents,source="
                  + name + ",target=/.berth-" + name + " . /.berth-" + name
                  + "\nUSER x\n");
  BOOST_TEST(dockerfile::parse("FROM a\n" + text)->images().size() == 1u);
  // Another text has another name: a builder would not look into the file.
  BOOST_TEST(plain("RUN <<EOF\nc\nEOF").second.begin()->first != name);
  auto program = plain("run <<-EOF\n\t#!/bin/x\n\t\ty\n\tEOF\n");
  BOOST_TEST(program.second.begin()->second == "program: #!/bin/x\ny\n");
  BOOST_TEST(program.first.find(" [\"/.berth-") != std::string::npos);
  auto command = plain("RUN a 3<<'A' \\\n  && b <<B\r\n$x\nA\ny\nB\n");
  BOOST_TEST(command.second.begin()->second
             == "a 3<<'A'   && b <<B\r\n$x\nA\ny\nB\n");
}

BOOST_AUTO_TEST_CASE(a_here_document_becomes_a_file_that_is_copied) {
  auto [text, files] = plain("ENV X=1 Y=$PATH\nENV Z old $X\nARG W=${X:-no}\n"
                             "COPY --chown=1 <<robots.txt f <<\"B\" /to/\n"
                             "$X ${Z} $W \\$X a\\b $ $\nrobots.txt\n$X\nB\n");
  BOOST_TEST(text.substr(text.find("COPY"))
             == "COPY --chown=1 f /to/\nCOPY --from=berth-here-documents "
                "--chown=1 0/robots.txt 0/B /to/\n");
  BOOST_TEST(files["0/robots.txt"] == "1 old 1 1 $X a\\b $ $\n");
  BOOST_TEST(files["0/B"] == "$X\n");
  // Its value comes from the image.
  BOOST_TEST(plain("ENV Y=$PATH\nCOPY <<A /a\n$Y\nA\n").first.find("sets $Y")
             != std::string::npos);
  BOOST_TEST(plain("ARG TARGETARCH\nADD <<A /a\n$TARGETARCH\nA\n")
               .first.find("sets $TARGETARCH")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(variables_of_a_here_document_are_those_of_its_stage) {
  auto text = std::string{"ARG G=global\nFROM a AS one\nENV E=env\nARG A=arg\n"
                          "FROM One\nARG G\nARG E=late\nARG A\n"
                          "COPY <<A /a\n[$G][$E][$A]\nA\n"};
  auto parsed = dockerfile::parse(text);
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->documents().front().text == "[global][env][]\n");
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_here_document_is_none) {
  for (auto text :
       {"RUN echo $((1 << N))\n", "RUN cat <<EOF\n", "RUN x <<< EOF\nRUN EOF\n",
        "# <<EOF\nEOF\n", "RUN echo '<<EOF'\n", "RUN echo 'a <<EOF b'\n",
        "RUN [\"cat\", \"<<EOF\"]\n", "ENV X=<<EOF\n"}) {
    auto whole = std::string{"FROM a\n"} + text;
    BOOST_REQUIRE(dockerfile::parse(whole));
    BOOST_TEST(dockerfile::parse(whole)->with({}) == whole);
    BOOST_TEST(dockerfile::parse(whole)->documents().empty());
  }
  for (auto text : {"RUN a <<A <<B\nA\n", "ONBUILD RUN <<A\nA\n",
                    "COPY x <<A\nA\n", "COPY --from=x <<A /a\nA\n"})
    BOOST_TEST(
      (code_of(dockerfile::parse(std::string{"FROM a\n"} + text).error())
       == ec::failed_precondition),
      text);
}

BOOST_AUTO_TEST_CASE(mounts_lead_nowhere_else) {
  for (auto text :
       {"RUN --mount=type=cache,target=/c,id=../../.. ls\n",
        "run --network=host --mount=type=cache,id=a/../..,target=/c ls\n",
        "RUN --mount=type=cache,target=/../.. ls\n",
        "RUN --mount=type=bind,source=..,target=/c ls\n",
        "RUN --mount=type=cache,target=/c,\"id=../x\" ls\n",
        "RUN --mount=\"type=cache, target=/c, id=../x\" ls\n",
        "RUN --mount=type=cache,id=.\\./x,target=/c ls\n",
        "RUN --mount=type=cache,id=.\\\n# a comment\n./x,target=/c ls\n",
        "R\\\nUN --mount=type=cache,target=/c,id='..' ls\n",
        "ONBUILD RUN --mount=type=cache,target=/c,id=.. ls\n",
        "RUN --network=none\xa0--mount=type=cache,id=../x,target=/c ls\n",
        "RUN \xa0--mount=type=cache,id=../x,target=/c ls\n",
        "RUN --mount=type=cache,target=/c,id=..\xa0--x ls\n",
        "\xc2\xa0RUN --mount=type=cache,target=/c,id=../x ls\n",
        "RUN --mount=type=cache,id=.\\\n\f\n./x,target=/c ls\n",
        "RUN --mount=type=cache,id=.\\\n\xc2\xa0\n./x,target=/c ls\n",
        "ENV a=b \\\r \nRUN --mount=type=cache,target=/c,id=../x ls\n"}) {
    auto refused = dockerfile::parse(std::string{"FROM a\n"} + text);
    BOOST_REQUIRE_MESSAGE(!refused, text);
    BOOST_TEST((code_of(refused.error()) == ec::failed_precondition));
  }
  for (auto text : {"RUN --mount=type=cache,target=/c,id=a..b/x ls ..\n",
                    "RUN ls --mount=id=..\n", "COPY --mount=.. x y\n",
                    "RUN --mount=type=cache,target=$HOME/.cache ls\n",
                    "RUN echo \xc3\xa4 \\\r\n  x\r\n"})
    BOOST_TEST(!!dockerfile::parse(std::string{"FROM a\n"} + text), text);
}

BOOST_AUTO_TEST_CASE(what_nobody_writes_is_refused) {
  auto many = std::string{};
  for (auto i = 0; i < 10'001; ++i)
    many += "RUN x\n";
  BOOST_TEST((code_of(dockerfile::parse(many).error()) == ec::exhausted));
  auto stages = std::string{};
  for (auto i = 0; i < 300; ++i)
    stages += "FROM i" + std::to_string(i) + "\n";
  BOOST_TEST((code_of(dockerfile::parse(stages).error()) == ec::exhausted));
  auto line = "FROM a\nRUN echo " + std::string(70'000, 'a') + "\nENV x=y\n";
  BOOST_TEST((code_of(dockerfile::parse(line).error()) == ec::exhausted));
  BOOST_TEST(images_in("FROM\n").empty());
  BOOST_TEST(images_in("").empty());
}

BOOST_AUTO_TEST_SUITE_END()

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
  build.have = {"sha256:" + std::string(64, 'c')};
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
