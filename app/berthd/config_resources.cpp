#include "app/berthd/config_checker.hpp"
#include "app/berthd/config_sections.hpp"
#include "model/duration.hpp"
#include "model/quantity.hpp"

#include <optional>
#include <thread>

#include "berth/v1/config.pb.h"

namespace berth {

namespace {

/// The kernel takes quotas of a millisecond in a tenth of a second and more.
constexpr uint64_t least_cpu = 10;
constexpr uint64_t most_cpu = 1'000'000;

/// "30m=4"
std::optional<cpu_bucket> parse_bucket(const std::string& text) {
  auto mark = text.find('=');
  if (mark == text.npos)
    return std::nullopt;
  auto budget = parse_duration(text.substr(0, mark));
  auto limit = parse_milli_quantity(text.substr(mark + 1));
  if (!budget || *budget <= std::chrono::nanoseconds::zero() || !limit
      || *limit < least_cpu || *limit > most_cpu)
    return std::nullopt;
  return cpu_bucket{*budget, *limit};
}

void read_cpu_terms(config_checker& check, const v1::CpuConfig& from,
                    const std::string& at, workspace_class& into) {
  into.cpu_on_demand = from.on_demand();
  for (int i = 0; i < from.buckets_size(); ++i) {
    auto bucket = parse_bucket(from.buckets(i));
    if (check.require(bucket.has_value(),
                      at + ".buckets[" + std::to_string(i) + "]",
                      "not a CPU time and at least 10m cores such as 30m=4"))
      into.cpu_buckets.push_back(*bucket);
  }
  if (!from.on_demand()) {
    check.require(from.buckets_size() == 0, at + ".buckets",
                  "nothing without on_demand");
    return;
  }
  check.require(!into.cpu_buckets.empty() || into.cpu_min_millis >= least_cpu,
                at + ".on_demand", "needs min, of 10m or more, or buckets");
  check.require(into.cpu_burst_millis <= most_cpu, at + ".burst",
                "more than a thousand cores");
}

} // namespace

void read_class_controls(config_checker& check, const v1::ClassConfig& from,
                         const std::string& at, workspace_class& into) {
  read_cpu_terms(check, from.cpu(), at + ".cpu", into);
  const auto& io = from.io();
  into.io = {check.quantity(io.read_bytes(), at + ".io.read_bytes"),
             check.quantity(io.write_bytes(), at + ".io.write_bytes"),
             io.read_operations(), io.write_operations()};
  const auto& connections = from.connections();
  into.connections
    = {connections.per_minute(), connections.burst(), connections.enforce()};
  check.require(connections.per_minute() > 0
                  || (connections.burst() == 0 && !connections.enforce()),
                at + ".connections", "nothing without per_minute");
  into.priorities = from.priorities();
  into.pressure = from.pressure();
}

void read_resources(config_checker& check, const v1::ResourcesConfig& from,
                    settings& into) {
  auto& resources = into.resources;
  resources.period = check.duration(from.period(), "resources.period");
  check.require(check.first()
                  || resources.period >= std::chrono::milliseconds{100},
                "resources.period", "less than 100ms");
  resources.cpu_millis = check.milli_quantity(from.cpu(), "resources.cpu");
  if (resources.cpu_millis == 0)
    resources.cpu_millis = uint64_t{1000} * std::thread::hardware_concurrency();
  check.require(resources.cpu_millis <= most_cpu, "resources.cpu",
                "more than a thousand cores");
}

} // namespace berth
