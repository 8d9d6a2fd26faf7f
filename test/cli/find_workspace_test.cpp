#include "app/berth/find_workspace.hpp"
#include "test/cli/fake_berthd.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using test::status_of;

namespace {

struct some_workspaces {
  some_workspaces() {
    add("aaaa1111", "calm-owl", wsman::STOPPED, 10);
    add("bbbb2222", "calm-owl", wsman::RUNNING, 5);
    add("bbcc3333", "bold-fox", wsman::STOPPED, 1);
    add("cccc4444", "bold-fox", wsman::STOPPED, 2);
    add("dddd5555", "aaaa1111x", wsman::RUNNING, 3);
  }

  void add(const std::string& id, const std::string& meta,
           wsman::WorkspacePhase phase, int64_t started) {
    auto& status = *all.Add() = status_of(id, meta, phase);
    status.mutable_metadata()->mutable_started_at()->set_seconds(started);
  }

  std::string chosen(const std::string& text) {
    std::string id;
    auto status = cli::choose_workspace(all, text, id);
    return status.ok()                                          ? id
           : status.error_code() == grpc::StatusCode::NOT_FOUND ? "none"
                                                                : "ambiguous";
  }

  google::protobuf::RepeatedPtrField<wsman::WorkspaceStatus> all;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(find_workspace_test, some_workspaces)

BOOST_AUTO_TEST_CASE(an_exact_id_wins) {
  BOOST_TEST(chosen("aaaa1111") == "aaaa1111");
}

BOOST_AUTO_TEST_CASE(a_meta_id_means_its_live_instance) {
  BOOST_TEST(chosen("calm-owl") == "bbbb2222");
}

BOOST_AUTO_TEST_CASE(a_meta_id_of_stopped_ones_means_the_newest) {
  BOOST_TEST(chosen("bold-fox") == "cccc4444");
}

BOOST_AUTO_TEST_CASE(beginnings_do_if_they_are_nobody_elses) {
  BOOST_TEST(chosen("cc") == "cccc4444");
  BOOST_TEST(chosen("calm") == "bbbb2222");
  BOOST_TEST(chosen("bb") == "ambiguous");
  BOOST_TEST(chosen("b") == "ambiguous");
}

BOOST_AUTO_TEST_CASE(nothing_is_nobody) {
  BOOST_TEST(chosen("zz") == "none");
  BOOST_TEST(chosen("") == "none");
}

BOOST_AUTO_TEST_SUITE_END()
