#include "core/published_records.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

record_ptr record_of(const std::string& id, uint64_t version) {
  auto record = std::make_shared<workspace_record>();
  record->spec.id = id;
  record->version = version;
  return record;
}

} // namespace

BOOST_AUTO_TEST_SUITE(published_records_are)

BOOST_AUTO_TEST_CASE(found_by_id_until_they_are_erased) {
  auto all = published_records{};
  BOOST_TEST(!all.find("w1"));
  all.put(record_of("w1", 1));
  all.put(record_of("w2", 1));
  all.put(record_of("w1", 2));
  BOOST_REQUIRE(all.find("w1"));
  BOOST_TEST(all.find("w1")->version == 2u);
  BOOST_TEST(all.find("w2")->version == 1u);
  all.erase("w1");
  all.erase("w1");
  BOOST_TEST(!all.find("w1"));
  BOOST_TEST(bool(all.find("w2")));
}

BOOST_AUTO_TEST_SUITE_END()
