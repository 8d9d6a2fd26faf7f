#include "app/berthd/config.hpp"
#include "core/content/network.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

constexpr auto file = "berthd.yaml";

/// "file:LINE: ..." in one line.
void must_point_at_a_line(std::string_view text) {
  auto start = std::string{file} + ":";
  require(text.starts_with(start) && text.size() > start.size()
            && text[start.size()] >= '1' && text[start.size()] <= '9',
          "what is wrong has a line");
  require(text.find('\n') == text.npos, "it is told in one line");
}

void must_be_consistent(const settings& all) {
  require(!all.node.name.empty() && all.node.state_dir.is_absolute()
            && all.node.run_dir.is_absolute()
            && all.grpc.unix_socket.is_absolute(),
          "a node has a name and places of its own");
  require(!all.classes.empty(), "there is a class to start with");
  require(all.preferred_class.empty()
            || all.classes.contains(all.preferred_class),
          "the preferred class is one");
  require(uint64_t{all.runtime.uid_start} + all.runtime.uid_size < UINT32_MAX
            && all.runtime.uid_start > 100'000,
          "ids of workspaces are ids, and nobody else's");
  for (const auto& [id, it] : all.classes)
    require(it.id == id
              && (it.cpu_burst_millis == 0
                  || it.cpu_min_millis <= it.cpu_burst_millis),
            "a class guarantees no more than it allows");
  for (const auto& [method, limit] : all.grpc.rate_limits)
    require(method.starts_with('/') && limit.burst > 0
              && limit.refill.count() > 0,
            "a limit lets somebody pass");
  for (const auto& network : all.content.denied_networks)
    require(static_cast<bool>(parse_network(network)), "a network is one");
}

void try_configuration(std::string_view input) {
  auto read = parse_config(input, file);
  if (!read) {
    require(code_of(read.error()) == ec::invalid_argument,
            "a file is at fault, not the program");
    must_point_at_a_line(describe(read.error()));
    return;
  }
  must_be_consistent(*read);
}

} // namespace

const target configurations{"configurations", try_configuration};

} // namespace berth::fuzz
