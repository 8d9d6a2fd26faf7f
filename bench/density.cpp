#include "bench/command.hpp"
#include "bench/density_count.hpp"
#include "bench/scenario.hpp"

#include <nlohmann/json.hpp>

namespace berth::bench {

namespace {

constexpr auto most_each_kib = 16.0;
constexpr auto slowest_list_ms = 100.0;

result<void> count(unsigned workspaces, report& to) {
  auto home = temporary_directory::make();
  if (!home)
    return home.error();
  auto self = std::filesystem::read_symlink("/proc/self/exe");
  auto said
    = must_run({self, density_word, std::to_string(workspaces), home->path()});
  if (!said)
    return said.error();
  auto found
    = nlohmann::json::parse(said->substr(said->find('{')), nullptr, false);
  if (!found.is_object())
    return make_error(ec::internal, "no result: " + *said);
  auto with = std::to_string(workspaces) + " workspaces";
  bool is_most = workspaces == 10'000;
  to.add("berthd", "memory each, " + with,
         found.value("bytes_each", 0.0) / 1024, "KiB",
         is_most ? at_most(most_each_kib) : target{});
  to.add("berthd", "GetWorkspaces, " + with, found.value("list_ms", 0.0), "ms",
         is_most ? at_most(slowest_list_ms) : target{});
  to.add("berthd", "GetWorkspaces size, " + with,
         found.value("list_bytes", 0.0) / 1024, "KiB");
  to.add("berthd", "starts through the store, " + with,
         workspaces / found.value("start_s", 1.0), "starts/s");
  return {};
}

result<void> run_density(const options&, report& to) {
  to.note("real manager, workspace, event and store actors behind the real "
          "gateway; runtime, content and images answer at once. Memory is "
          "anonymous RSS after GetWorkspaces, so encoded statuses count; the "
          "call's time includes the transfer over a unix socket");
  for (unsigned workspaces : {100u, 1'000u, 10'000u})
    if (auto done = count(workspaces, to); !done)
      return done;
  return {};
}

} // namespace

const scenario density_scenario = {
  .name = "density",
  .question = "what does an idle workspace cost in memory, and how long does "
              "a list of ten thousand take?",
  .run = run_density,
};

} // namespace berth::bench
