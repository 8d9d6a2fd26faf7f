#include "core/network/resolvers.hpp"
#include "core/network/ruleset.hpp"
#include "core/resources/connection_rules.hpp"
#include "core/resources/pressure.hpp"
#include "sys/cgroup_text.hpp"
#include "sys/process.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

void try_kernel_text(std::string_view input) {
  if (auto ticks = sys::start_time_in(input))
    require(input.find(std::to_string(*ticks)) != input.npos
              || input.find("0") != input.npos,
            "a start time is what the line says");
  for (auto address : resolvers_in(input))
    require(address != 0 && address >> 24 != 127,
            "a workspace is told of no resolver that it cannot reach");
  if (auto most = sys::parse_cpu_max(input))
    require(most->period.count() >= 0
              && most->quota.value_or(most->period).count() >= 0,
            "no quota is negative");
  if (auto waited = parse_pressure(input))
    require(waited->some.count() >= 0 && waited->full.count() >= 0,
            "nobody waited less than no time");
  (void)sys::number_behind(input, "nr_throttled");
  auto drops = connection_drops_in("1a2b", input);
  auto script = unlimit_all_connections("1a2b", input);
  require(drops.empty() || input.find("counter") != input.npos,
          "without counters nothing was refused");
  require(script.empty() || input.find("chain") != input.npos,
          "without chains there is nothing to remove");
  auto table = table_in(input);
  require(input.find("chain") != input.npos
            || (!table.in_use && !table.forwarding_was_off),
          "without chains there is nothing in a table");
}

} // namespace

const target kernel_text{"kernel_text", try_kernel_text};

} // namespace berth::fuzz
