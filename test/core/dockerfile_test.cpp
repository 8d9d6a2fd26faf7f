#include "core/builds/dockerfile.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

std::vector<std::string> images_in(const std::string& text) {
  return dockerfile::parse(text)->images();
}

using names = std::vector<std::string>;

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

BOOST_AUTO_TEST_CASE(a_stage_is_found_however_it_is_spelled) {
  auto text = std::string{"FROM a AS Build\nFROM build AS two\n"
                          "FROM Build\nFROM TWO\n"};
  auto parsed = dockerfile::parse(text);
  BOOST_TEST(parsed->images() == names{"a"});
  BOOST_TEST(parsed->with({})
             == "FROM a AS Build\nFROM Build AS two\nFROM Build\nFROM two\n");
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
