#include "actors/runtime/runtime_deps.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto call_limit = 30s;

} // namespace

id_map runtime_deps::files_of(container_kind kind, uint32_t slot) const {
  return disk_map(kind, config->runtime.uid_start + slot * ids_of_workspace);
}

child_spec runtime_call(const runtime_deps& deps,
                        std::vector<std::string> args) {
  auto child = child_spec{};
  child.argv = {deps.config->runtime.oci_runtime.native(),
                "--root=" + deps.where().crun_root().native()};
  child.argv.insert(child.argv.end(), args.begin(), args.end());
  child.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  child.deadline = call_limit;
  return child;
}

std::string last_words(const child_exit& end) {
  auto how = end.timed_out     ? std::string{"took too long"}
             : end.signal != 0 ? "signal " + std::to_string(end.signal)
                               : "exit code " + std::to_string(end.code);
  auto text = end.err.substr(0, end.err.find_last_not_of(" \n") + 1);
  return text.empty() ? how : how + ": " + text;
}

} // namespace berth
