#include "test/iws_kernel/fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string map_of(const pinned& who, const char* file) {
  auto path = "/proc/" + std::to_string(who.process->pid) + "/" + file;
  return output_of("tr -s ' ' <" + path);
}

/// Both maps of a process.
std::string maps_of(const pinned& who) {
  return map_of(who, "uid_map") + map_of(who, "gid_map");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_write_id_map, iws_node)

BOOST_AUTO_TEST_CASE(a_map_is_written_as_asked_for) {
  auto w1 = start_one("w1");
  auto inner = unshared("w1", "-U");
  auto target = pin(w1, inner.pid());
  BOOST_TEST(maps_of(target) == "");
  auto b = w1.first_id;
  auto wanted = id_map{{0, b + 33333, 1}, {1, b + 100, 1000}};
  BOOST_TEST(map_ids(w1, target, wanted) == ec::none);
  BOOST_TEST(map_of(target, "uid_map")
             == " 0 " + std::to_string(b + 33333) + " 1\n 1 "
                  + std::to_string(b + 100) + " 1000\n");
  BOOST_TEST(map_of(target, "gid_map") == "");
  BOOST_TEST(map_ids(w1, target, wanted, true) == ec::none);
  BOOST_TEST(map_of(target, "gid_map") == map_of(target, "uid_map"));
  BOOST_TEST(inner("cat /proc/self/setgroups") == "allow");
}

BOOST_AUTO_TEST_CASE(the_stock_request_gives_the_whole_range) {
  auto w1 = start_one("w1", 3);
  auto inner = unshared("w1", "-Um");
  auto target = pin(w1, inner.pid());
  auto stock = id_map{{0, 33333, 1}, {1, 100000, 65534}};
  for (auto gid : {false, true})
    BOOST_TEST(map_ids(w1, target, stock, gid) == ec::none);
  inner.anew();
  BOOST_TEST(inner("id -u; id -g; cat /proc/self/uid_map | tr -s ' '")
             == "0\n0\n 0 0 1\n 1 1 65534");
  // Root of its own mounts.
  BOOST_TEST(inner("mount -t tmpfs t /tmp && echo yes") == "yes");
  BOOST_TEST(inner("touch /tmp/x; chown 33333:33333 /tmp/x; stat -c %u /tmp/x")
             == "33333");
}

BOOST_AUTO_TEST_CASE(ids_of_others_are_refused_and_nothing_is_written) {
  auto w1 = start_one("w1");
  auto w2 = start_one("w2", 1);
  auto inner = unshared("w1", "-U");
  auto target = pin(w1, inner.pid());
  auto b = w1.first_id;
  const id_map bad[] = {
    {{0, 0, 1}},
    {{0, b - 1, 1}},
    {{0, b + 65536, 1}},
    {{0, 3'000'000'000, 65534}},
    {{0, b, 65537}},
    {{0, b + 65535, 2}},
    {{0, 4294967295, 2}},
    {{4294967295, b, 1}},
    {{0, w2.first_id, 1}},
    whole_range(w2),
    {},
    {{0, b, 0}},
    {{0, b, 2}, {1, b + 5, 1}},
    {{0, b, 2}, {5, b + 1, 1}},
    {{0, b, 1}, {0, b, 1}},
    id_map(341, {0, b, 1}),
  };
  for (const auto& map : bad)
    for (auto gid : {false, true})
      BOOST_TEST(map_ids(w1, target, map, gid) == ec::invalid_argument,
                 id_map_text(map));
  BOOST_TEST(maps_of(target) == "");
  BOOST_TEST(map_ids(w1, target, whole_range(w1)) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_process_that_stayed_where_it_was_is_refused) {
  auto w1 = start_one("w1");
  auto ours = output_of("cat /proc/self/uid_map");
  auto inner = shell{*this, "w1", {"/bin/sh"}};
  auto target = pin(w1, inner.pid());
  auto before = maps_of(target);
  BOOST_TEST(map_ids(w1, target, whole_range(w1)) == ec::failed_precondition);
  BOOST_TEST(map_ids(w1, pin(w1, 1), whole_range(w1))
             == ec::failed_precondition);
  BOOST_TEST(maps_of(target) == before);
  BOOST_TEST(output_of("cat /proc/self/uid_map") == ours);
}

BOOST_AUTO_TEST_CASE(a_namespace_is_mapped_once) {
  auto w1 = start_one("w1");
  auto inner = unshared("w1", "-U");
  auto target = pin(w1, inner.pid());
  auto small = id_map{{0, w1.first_id, 1}};
  for (auto gid : {false, true}) {
    BOOST_TEST(map_ids(w1, target, small, gid) == ec::none);
    BOOST_TEST(map_ids(w1, target, whole_range(w1), gid)
               == ec::failed_precondition);
  }
  BOOST_TEST(map_of(target, "uid_map")
             == " 0 " + std::to_string(w1.first_id) + " 1\n");
}

BOOST_AUTO_TEST_CASE(a_namespace_further_down_is_its_parents_to_map) {
  auto w1 = start_one("w1");
  auto ring1 = ring(w1, "w1");
  ring1("mount -t tmpfs t /tmp; unshare -U sh -c 'read pid "
        "rest </proc/self/stat; echo $pid >/tmp/p; exec sleep 1000' & until [ "
        "-s /tmp/p ]; do :; done; cat /tmp/p");
  auto deep = std::stoll(ring1("cat /tmp/p"));
  BOOST_TEST(map_ids(w1, pin(w1, deep), whole_range(w1))
             == ec::failed_precondition);
}

/// With more than five lines the kernel sorts them, and got that wrong once
/// (CVE-2018-18955): ids of the machine could be reached from two levels down.
BOOST_AUTO_TEST_CASE(maps_of_many_lines_reach_nothing_more) {
  auto w1 = start_one("w1");
  auto inner = unshared("w1", "-Um");
  auto target = pin(w1, inner.pid());
  auto many = id_map{};
  for (auto i = uint32_t{0}; i < 10; ++i)
    many.push_back({i, w1.first_id + i, 1});
  for (auto gid : {false, true})
    BOOST_TEST(map_ids(w1, target, many, gid) == ec::none);
  inner.anew();
  BOOST_TEST(inner("id -u") == "0");
  // The image's layer is root's: as is the range's first id, and nobody else.
  BOOST_TEST(inner("touch /root/by-root && stat -c %u /root/by-root") == "0");
  BOOST_TEST(inner("unshare -Ur sh -c 'chown 20 /root/by-root 2>/dev/null || "
                   "echo no'")
             == "no");
  BOOST_TEST(inner("chown 20 /root/by-root 2>/dev/null || echo no") == "no");
}

BOOST_AUTO_TEST_SUITE_END()
