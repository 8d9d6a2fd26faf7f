#include "app/berth/names.hpp"
#include "app/berth/program.hpp"
#include "test/cli/fake_berthd.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace berth;

namespace {

struct content_said {
  int code;
  std::string out, err;
};

struct content_fixture {
  content_said ask(std::vector<std::string> words) {
    words.insert(words.begin(), {"--address", service.address(), "content"});
    std::ostringstream out, err;
    int code = cli::run_program(words, out, err);
    return {code, out.str(), err.str()};
  }

  test::fake_berthd service;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(content_verbs, content_fixture)

BOOST_AUTO_TEST_CASE(wrong_usage_is_code_2_and_one_line) {
  const std::vector<std::vector<std::string>> wrong = {
    {},
    {"destroy"},
    {"init", "a", "b"},
    {"init", "../a"},
    {"init", "--git", "https://h/x", "--empty"},
    {"init", "--backup", "ann"},
    {"init", "--owner", "a/b"},
    {"wait"},
    {"wait", "a", "b"},
    {"snapshot"},
    {"backup"},
    {"dispose"},
    {"quarantine"},
    {"quarantine", "mv"},
    {"quarantine", "ls", "a"},
    {"quarantine", "restore"},
    {"quarantine", "restore", "a", "b"},
    {"quarantine", "rm"},
  };
  for (const auto& words : wrong) {
    auto said = ask(words);
    BOOST_TEST(said.code == 2, said.err);
    BOOST_TEST(said.out.empty());
    BOOST_TEST(said.err.starts_with("berth: content: "), said.err);
    BOOST_TEST(said.err.find('\n') == said.err.size() - 1, said.err);
  }
}

BOOST_AUTO_TEST_CASE(init_asks_for_what_the_options_say) {
  auto said = ask({"init", "i1", "--git", "https://h/tool.git#dev", "--owner",
                   "ann", "--meta-id", "blue-boat", "--no-storage"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.out == "i1\n");
  BOOST_TEST(said.err.starts_with("initializing i1\nready after "), said.err);
  const auto& asked = service.initialized;
  BOOST_TEST(asked.id() == "i1");
  BOOST_TEST(asked.metadata().owner() == "ann");
  BOOST_TEST(asked.metadata().meta_id() == "blue-boat");
  BOOST_TEST(asked.remote_storage_disabled());
  BOOST_TEST(asked.initializer().git().clone_taget() == "dev");
  BOOST_TEST(asked.initializer().git().checkout_location() == "tool");
}

BOOST_AUTO_TEST_CASE(init_makes_up_what_is_not_said) {
  auto said = ask({"init", "--quiet"});
  BOOST_TEST(said.err == "");
  BOOST_TEST(cli::is_uuid(service.initialized.id()));
  BOOST_TEST(said.out == service.initialized.id() + "\n");
  BOOST_TEST(service.initialized.initializer().has_empty());
  said = ask({"init", "i1", "--backup", "ann/boat", "-o", "json"});
  BOOST_TEST(said.out
             == R"({"id":"i1","owner":"ann","metaId":"boat"})"
                "\n");
  BOOST_TEST(service.initialized.initializer().has_backup());
}

BOOST_AUTO_TEST_CASE(each_verb_asks_and_prints_so_much) {
  struct row {
    std::vector<std::string> words;
    std::string asked, out, err;
  };
  const row rows[] = {
    {{"wait", "i1"}, "", "", "waiting for i1\n"},
    {{"snapshot", "i1"}, "", "snapshot@bucket\n", "archiving i1\n"},
    {{"snapshot", "i1", "--no-wait"},
     " return_immediately: true",
     "snapshot@bucket\n",
     "archiving i1\n"},
    {{"backup", "i1"}, "", "full@bucket\n", "archiving i1\n"},
    {{"dispose", "i1"}, " backup: true", "", "disposing of i1\n"},
    {{"dispose", "i1", "--discard", "--logs"},
     " backup_logs: true",
     "",
     "disposing of i1\n"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.words[0]) {
      auto said = ask(row.words);
      BOOST_TEST(said.code == 0, said.err);
      BOOST_TEST(said.out == row.out);
      BOOST_TEST(said.err.starts_with(row.err + "done after "), said.err);
      BOOST_TEST(service.asked == "id: \"i1\"" + row.asked);
    }
  BOOST_TEST(
    ask({"dispose", "i1"})
      .err.ends_with("git: main, 0 uncommitted, 2 untracked, 0 unpushed\n"));
  BOOST_TEST(ask({"dispose", "i1", "-q", "-o", "json"}).out.find("\"main\"")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_quarantine_is_a_table_of_what_waits) {
  auto& one = service.quarantined.emplace_back();
  one.set_name("w1-17");
  one.set_owner("ann");
  one.set_meta_id("blue-boat");
  one.set_why("Backup failed: the store is down");
  one.set_bytes(3 << 20);
  auto said = ask({"quarantine", "ls"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(said.out.starts_with("NAME"), said.out);
  for (auto* text :
       {"w1-17", "ann", "blue-boat", "3.0 MiB", "Backup failed: the store"})
    BOOST_TEST(said.out.find(text) != std::string::npos, said.out);
  BOOST_TEST(ask({"quarantine", "ls", "-o", "json"}).out.find("\"blue-boat\"")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_quarantine_is_restored_from_and_cleared_by_name) {
  auto said = ask({"quarantine", "restore", "w1-17", "--owner", "ann",
                   "--meta-id", "blue-boat"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(said.out == "full@bucket\n");
  BOOST_TEST(service.asked
             == "name: \"w1-17\" owner: \"ann\" meta_id: \"blue-boat\"");
  said = ask({"quarantine", "rm", "w1-17", "w2-18"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(service.asked == "name: \"w2-18\"");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_one_line_with_its_code) {
  service.content_refusal = {grpc::StatusCode::DATA_LOSS, "backup failed"};
  for (const auto* verb : {"init", "wait", "snapshot", "backup", "dispose"}) {
    auto said = ask({verb, "i1", "--quiet"});
    BOOST_TEST(said.code == 1);
    BOOST_TEST(said.out == "");
    BOOST_TEST(said.err == "berth: content: backup failed (DATA_LOSS)\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()
