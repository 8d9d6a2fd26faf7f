#include "core/iws/id_map.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

constexpr uint32_t first = 3'000'000;

auto judge(const id_map& map, container_kind rule) {
  auto checked = check_id_map(map, allowance_of(rule, first));
  return checked ? ec::none : code_of(checked.error());
}

id_map lines(uint32_t count) {
  auto map = id_map{};
  for (auto i = uint32_t{0}; i < count; ++i)
    map.push_back({i + 1, first + i, 1});
  return map;
}

} // namespace

BOOST_AUTO_TEST_SUITE(iws_id_map)

BOOST_AUTO_TEST_CASE(literal_ids_are_those_of_the_stock_client) {
  struct row {
    id_map map;
    ec verdict;
  };
  const row rows[] = {
    {{{0, 0, 1}}, ec::invalid_argument},
    {{{0, 33333, 1}}, ec::none},
    {{{0, 33333, 2}}, ec::invalid_argument},
    {{{0, 100000, 1}}, ec::invalid_argument},
    {{{0, 33333, 1}, {1, 100000, 65534}}, ec::none},
    {{{1, 33333, 1}}, ec::invalid_argument},
    {{{1, 99999, 1}}, ec::invalid_argument},
    {{{1, 100000, 70000}}, ec::none},
    {{{1, 100000, 70001}}, ec::invalid_argument},
    {{{1, 165000, 5000}}, ec::none},
    {{{1, 165000, 10000}}, ec::invalid_argument},
    {{{1, 4294967295, 2}}, ec::invalid_argument},
  };
  for (const auto& [map, verdict] : rows)
    BOOST_TEST(judge(map, container_kind::compatible) == verdict,
               id_map_text(map));
}

BOOST_AUTO_TEST_CASE(an_own_range_has_an_end) {
  const id_map good[] = {
    {{0, first, 65536}},      {{0, first, 1}, {1, first + 1, 65535}},
    {{0, first + 33333, 1}},  {{5, first + 65535, 1}},
    {{4294967294, first, 1}},
  };
  for (const auto& map : good)
    BOOST_TEST(judge(map, container_kind::own) == ec::none, id_map_text(map));
  const id_map bad[] = {
    {{0, 0, 1}},
    {{0, first - 1, 1}},
    {{0, first - 1, 2}},
    {{0, first + 65536, 1}},
    {{0, 3'000'000'000, 65534}},
    {{0, first, 65537}},
    {{0, first + 65535, 2}},
    {{0, 4294967295, 2}},
    {{1, first, 1}, {2, first + 65536, 1}},
    {{4294967295, first, 1}},
    {{4294967290, first, 6}},
  };
  for (const auto& map : bad)
    BOOST_TEST(judge(map, container_kind::own) == ec::invalid_argument,
               id_map_text(map));
}

BOOST_AUTO_TEST_CASE(what_is_no_map_is_refused) {
  const id_map bad[] = {
    {},
    {{0, first, 0}},
    {{0, first, 2}, {1, first + 2, 1}},
    {{0, first, 1}, {0, first + 1, 1}},
    {{0, first, 2}, {2, first + 1, 1}},
    {{10, first + 5, 5}, {0, first, 6}},
    lines(341),
  };
  for (const auto& map : bad)
    BOOST_TEST(judge(map, container_kind::own) == ec::invalid_argument,
               id_map_text(map));
  BOOST_TEST(judge(lines(340), container_kind::own) == ec::none);
}

BOOST_AUTO_TEST_CASE(the_stock_request_is_read_as_the_own_range) {
  auto stock = id_map{{0, 33333, 1}, {1, 100000, 65534}};
  auto read = in_own_range(stock, first);
  BOOST_TEST(id_map_text(read) == "0 3000000 1\n1 3000001 65534\n");
  BOOST_TEST(judge(read, container_kind::own) == ec::none);
  BOOST_TEST(judge(stock, container_kind::own) == ec::invalid_argument);
  auto other = id_map{{0, 33333, 1}, {1, 100000, 65535}};
  BOOST_TEST(id_map_text(in_own_range(other, first)) == id_map_text(other));
}

BOOST_AUTO_TEST_CASE(a_map_is_written_as_seen_from_the_namespace_above) {
  auto map = id_map{{0, first, 1}, {1, first + 33333, 2}};
  BOOST_TEST(id_map_text(map) == "0 3000000 1\n1 3033333 2\n");
  BOOST_TEST(id_map_text(map, first) == "0 0 1\n1 33333 2\n");
}

BOOST_AUTO_TEST_CASE(files_are_shown_with_ids_of_their_container) {
  auto compatible = disk_map(container_kind::compatible, first);
  BOOST_TEST(id_map_text(compatible) == "0 33333 1\n1 100000 65534\n");
  BOOST_TEST(id_map_text(disk_map(container_kind::own, first))
             == "0 3000000 65536\n");
  BOOST_TEST(host_id(compatible, 0).value() == 33333u);
  BOOST_TEST(host_id(compatible, 33333).value() == 133332u);
  BOOST_TEST(host_id(compatible, 65534).value() == 165533u);
  BOOST_TEST(!host_id(compatible, 65535));
}

BOOST_AUTO_TEST_SUITE_END()
