#include "core/builds/dockerfile.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <utility>

using namespace berth;

namespace {

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

/// The text of a document with one line, after these instructions.
std::string filled_in(const std::string& instructions,
                      const std::string& line) {
  auto [text, files] = plain(instructions + "COPY <<A /a\n" + line + "\nA\n");
  return files.empty() ? text : files.begin()->second;
}

} // namespace

BOOST_AUTO_TEST_SUITE(here_documents)

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
             == "a 3<<'A'   && b <<B\n$x\nA\ny\nB\n");
}

BOOST_AUTO_TEST_CASE(people_are_told_of_lines_of_theirs) {
  auto parsed = dockerfile::parse("FROM a\n\n# x\nRUN b && \\\n c <<A\nx\nA\n"
                                  "RUN <<A\n#!/p\nA\nCOPY <<A /a\nA\n");
  BOOST_REQUIRE(parsed);
  auto text = in_words_of_users(parsed->with({}), parsed->documents());
  BOOST_TEST(text.substr(0, text.find("COPY"))
             == "FROM a\n\n# x\nRUN the here document of line 4\n"
                "RUN the here document of line 8\n");
  auto name = parsed->documents().front().path;
  BOOST_TEST(
    in_words_of_users("/.berth-" + name + ": line 2: x", parsed->documents())
    == "the here document of line 4: line 2: x");
}

BOOST_AUTO_TEST_CASE(a_here_document_becomes_a_file_that_is_copied) {
  auto [text, files] = plain("ENV X=1 Y=$PATH\nENV Z old $X\nARG W=${X:-no}\n"
                             "COPY --chown=1 <<robots.txt f <<\"B\" /to/\n"
                             "$X ${Z} $W \\$X a\\\\b $ $\nrobots.txt\n$X\nB\n");
  BOOST_TEST(text.substr(text.find("COPY"))
             == "COPY --chown=1 f /to/\nCOPY --from=berth-here-documents "
                "--chown=1 0/robots.txt 0/B /to/\n");
  BOOST_TEST(files["0/robots.txt"] == "1 old 1 1 $X a\\b $ $\n");
  BOOST_TEST(files["0/B"] == "$X\n");
  // Its value comes from the image.
  BOOST_TEST(plain("ENV Y=$PATH\nCOPY <<A /a\n$Y\nA\n").first.find("gives $Y")
             != std::string::npos);
  BOOST_TEST(plain("ARG TARGETARCH\nADD <<A /a\n$TARGETARCH\nA\n")
               .first.find("gives $TARGETARCH")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(variables_of_a_here_document_are_those_of_its_stage) {
  auto text
    = std::string{"ARG G=global\nFROM a AS one\nENV E=env\nARG A=arg\n"
                  "FROM One\nARG G\nARG E=late\nCOPY <<A /a\n[$G][$E]\nA\n"};
  auto parsed = dockerfile::parse(text);
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->documents().front().text == "[global][env]\n");
  // What an image may have set is not known.
  for (auto* unknown : {"ARG A\n", "", "ENV A=$PATH\n", "ARG B=$A\nARG A=$B\n"})
    BOOST_TEST(filled_in(unknown, "$A").find("gives $A a value")
                 != std::string::npos,
               unknown);
  BOOST_TEST(
    (code_of(dockerfile::parse("ARG D=bin/${TARGETARCH}\nFROM a\nARG D\n"
                               "COPY <<A /a\n$D\nA\n")
               .error())
     == ec::failed_precondition));
}

BOOST_AUTO_TEST_CASE(values_are_read_as_builders_read_them) {
  for (auto [instruction, value] :
       {std::pair{R"(ENV X='{"k": "v"}')", R"({"k": "v"})"},
        std::pair{R"(ENV Y=1 X='$Y')", "$Y"},
        std::pair{R"(ENV X="it's")", "it's"},
        std::pair{R"(ENV X="\d+ \" \$ \\")", R"(\d+ " $ \)"},
        std::pair{R"(ENV X=a\ b\c)", "a bc"},
        std::pair{R"(ENV X a  'b')", "a  b"}, std::pair{"ENV X=a\r", "a"},
        std::pair{R"(ARG X=${NO:-"a b"}x)", "a bx"}})
    BOOST_TEST(filled_in("ARG NO=\n" + std::string{instruction} + "\n", "$X")
               == value + std::string{"\n"});
  auto set = std::string{"ENV A=a B=b\nARG E=\n"};
  for (auto [line, text] :
       {std::pair{"${A:-${B}}${E:-${B}}", "ab"},
        std::pair{"${A:-$NO}${E:+${NO}}", "a"},
        std::pair{"${E-x}${E:+x}${A+${B}}", "b"},
        std::pair{R"("$A" '$A' ${E:-"'q"})", R"("a" 'a' "'q")"},
        std::pair{R"(\$A \\ a\b)", R"($A \ ab)"},
        std::pair{"$1$100$@$ $. $A_", "$ $. "}})
    BOOST_TEST(filled_in(set + "ENV A_=\n", line) == text + std::string{"\n"});
  for (auto* odd : {"${A", "${A:-x", "${A%x}", "${}", "$A${A:x}"})
    BOOST_TEST(filled_in(set, odd).find("a value that is known")
                 != std::string::npos,
               odd);
}

BOOST_AUTO_TEST_CASE(here_documents_take_no_more_than_anybody_needs) {
  auto doubling = std::string{"ENV A=aaaaaaaaaa\n"};
  for (int i = 0; i < 40; ++i)
    doubling += "ENV A=$A$A\n";
  BOOST_TEST(filled_in(doubling, "$A").find("gives $A") != std::string::npos);
  auto long_value = "ENV A=" + std::string(60'000, 'a') + "\n";
  auto uses = std::string{};
  for (int i = 0; i < 300; ++i)
    uses += "$A";
  BOOST_TEST(filled_in(long_value, uses).find("too long") != std::string::npos);
  auto stages = long_value;
  for (int i = 0; i < 60; ++i)
    stages += "FROM s" + std::to_string(i) + " AS s" + std::to_string(i + 1)
              + "\nENV A=$A\n" + long_value;
  auto staged = dockerfile::parse("FROM a AS s0\n" + stages + "RUN <<A\nA\n");
  BOOST_TEST(!!staged);
  auto many = std::string{};
  for (int i = 0; i < 1001; ++i)
    many += "RUN <<A\nA\n";
  BOOST_TEST(
    (code_of(dockerfile::parse("FROM a\n" + many).error()) == ec::exhausted));
  auto names = std::string{};
  for (int i = 0; i < 100'000; ++i)
    names += (i % 1000 == 0 ? "\nENV n" : " n") + std::to_string(i) + "=$A";
  BOOST_TEST(filled_in(long_value + names + "\n", "$n0").size() == 60'001u);
  BOOST_TEST(filled_in(long_value + names + "\n", "$n99999").find("gives $n")
             != std::string::npos);
  auto nested = std::string{};
  for (int i = 0; i < 100'000; ++i)
    nested += "${A:-";
  BOOST_TEST(filled_in("", nested).find("known") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_here_document_is_none) {
  for (auto text :
       {"RUN echo $((1 << N))\n", "RUN echo $((1 <<2))\n", "RUN [ 1 <<2 ]\n",
        "RUN echo $((1 <<2))\n2\n", "RUN x <<< EOF\nRUN EOF\n",
        "# <<EOF\nEOF\n", "RUN echo '<<EOF'\n", "RUN echo 'a <<EOF b'\n",
        "RUN [\"cat\", \"<<EOF\"]\n", "ENV X=<<EOF\n"}) {
    auto whole = std::string{"FROM a\n"} + text;
    BOOST_REQUIRE(dockerfile::parse(whole));
    BOOST_TEST(dockerfile::parse(whole)->with({}) == whole);
    BOOST_TEST(dockerfile::parse(whole)->documents().empty());
  }
  // Nobody wants the rest of a Dockerfile to be run, or to be a document.
  for (auto text :
       {"RUN cat > /x <<EOF\nUSER root\n", "RUN cat <<EOF>/x\nEOF\n",
        "RUN cat <<'A B'\nA B\n", "COPY <<../../x /a\n../../x\n",
        "COPY <<.. /a\n..\n", "COPY <<A/b /a\nA/b\n", "COPY <<9 /a\n",
        "RUN a <<A <<B\nA\n", "ONBUILD RUN <<A\nA\n", "COPY x <<A\nA\n",
        "COPY x <<A /y\nA\n", "COPY <<A <<B /y\nA\nB\n",
        "COPY --from=x <<A /a/\nA\n"})
    BOOST_TEST(
      (code_of(dockerfile::parse(std::string{"FROM a\n"} + text).error())
       == ec::failed_precondition),
      text);
  BOOST_TEST(plain("RUN cat <<\\EOF\n$x\nEOF\n").second.size() == 1u);
  auto dotted = plain("COPY <<.npmrc <<9-x.ini .\na\n.npmrc\nb\n9-x.ini\n");
  BOOST_TEST(dotted.second["0/.npmrc"] == "a\n");
  BOOST_TEST(dotted.second["0/9-x.ini"] == "b\n");
  BOOST_TEST(dotted.first.find("0/9-x.ini ./\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
