#include "core/resources/io_control.hpp"
#include "core/resources/pressure.hpp"
#include "sys/cgroup_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::sys;
using namespace std::chrono_literals;

namespace {

// Of a kernel 6.1 with cgroup v2.
constexpr auto captured_pressure
  = "some avg10=1.53 avg60=0.87 avg300=0.24 total=1424832\n"
    "full avg10=0.00 avg60=0.12 avg300=0.05 total=391145\n";
constexpr auto captured_stat = "usage_usec 5239417\nuser_usec 3910211\n"
                               "system_usec 1329206\nnr_periods 211\n"
                               "nr_throttled 97\nthrottled_usec 7011226\n"
                               "nr_bursts 0\nburst_usec 0\n";

using writes = std::vector<control_write>;

} // namespace

BOOST_AUTO_TEST_SUITE(cgroup_text)

BOOST_AUTO_TEST_CASE(numbers_stand_behind_their_keys) {
  BOOST_TEST(number_behind(captured_stat, "usage_usec").value() == 5239417u);
  BOOST_TEST(number_behind(captured_stat, "nr_throttled").value() == 97u);
  BOOST_TEST(!number_behind(captured_stat, "throttled"));
  BOOST_TEST(!number_behind("nr_throttled", "nr_throttled"));
  BOOST_TEST(number_in("18446744073709551615\n").value() == UINT64_MAX);
  for (auto text : {"", "\n", "1 2", "-1", "18446744073709551616"})
    BOOST_TEST(!number_in(text), text);
}

BOOST_AUTO_TEST_CASE(quotas_are_read) {
  BOOST_TEST((parse_cpu_max("max 100000\n") == cpu_quota{{}, 100ms}));
  BOOST_TEST((parse_cpu_max("50000 250000") == cpu_quota{50ms, 250ms}));
  for (auto text : {"", "max", "50000", "min 100000", "-1 100000", "1 2 3"})
    BOOST_TEST(!parse_cpu_max(text), text);
}

BOOST_AUTO_TEST_CASE(pressure_is_read) {
  BOOST_TEST(
    (parse_pressure(captured_pressure) == pressure{1424832us, 391145us}));
  BOOST_TEST(
    (parse_pressure("some avg10=0.00 total=7\n") == pressure{7us, 0us}));
  for (auto text : {"", "\n", "some", "some total=", "some total=x\n",
                    "some total=18446744073709551615\n"})
    BOOST_TEST(!parse_pressure(text), text);
}

BOOST_AUTO_TEST_CASE(disks_are_held_and_freed_in_v2) {
  auto limits = io_limits{1000, 0, 0, 50};
  auto disks = std::vector<std::string>{"8:0", "259:1"};
  BOOST_TEST((io_control(limits, disks, true)
              == writes{{"io.max", "8:0 rbps=1000 wiops=50"},
                        {"io.max", "259:1 rbps=1000 wiops=50"}}));
  BOOST_TEST((io_release(limits, {"8:0"}, true)
              == writes{{"io.max", "8:0 rbps=max wiops=max"}}));
  BOOST_TEST(io_control({}, disks, true).empty());
}

BOOST_AUTO_TEST_CASE(disks_are_held_and_freed_in_v1) {
  auto limits = io_limits{1000, 0, 0, 50};
  BOOST_TEST((io_control(limits, {"8:0"}, false)
              == writes{{"blkio.throttle.read_bps_device", "8:0 1000"},
                        {"blkio.throttle.write_iops_device", "8:0 50"}}));
  BOOST_TEST((io_release(limits, {"8:0"}, false)
              == writes{{"blkio.throttle.read_bps_device", "8:0 0"},
                        {"blkio.throttle.write_iops_device", "8:0 0"}}));
}

BOOST_AUTO_TEST_SUITE_END()
