#include "test/worker/worker_process.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth::test;

BOOST_AUTO_TEST_SUITE(start)

/// What most jobs do not need would be most of what a start costs.
BOOST_AUTO_TEST_CASE(loads_no_library_that_only_some_jobs_need) {
  auto loaded = shell("ldd '" + worker_program().native() + "'");
  BOOST_TEST(loaded.find("libarchive") != loaded.npos);
  BOOST_TEST(loaded.find("libcurl") == loaded.npos);
  BOOST_TEST(loaded.find("libgit2") == loaded.npos);
}

BOOST_AUTO_TEST_SUITE_END()
