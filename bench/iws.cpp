#include "bench/iws_client.hpp"
#include "bench/private_node.hpp"
#include "bench/ring.hpp"
#include "bench/statistics.hpp"
#include "sys/cgroup_files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth::bench {

namespace {

constexpr unsigned usual_rounds = 100;
/// A nested container runtime mounts hundreds: 500 of them within 5 s.
constexpr auto slowest_fair_mount_ms = 10.0;

/// Nothing waits for a token: it is the work that is measured.
std::string no_limits() {
  std::string text;
  for (auto* method :
       {"MountProc", "UmountProc", "WriteIDMapping", "WipingTeardown"})
    text += std::string{text.empty() ? "{" : ", "} + "/iws.InWorkspaceService/"
            + method + ": {bucket_size: 10000000, refill_interval: 1ms}";
  return text + "}";
}

/// How long each took without the service, in microseconds.
struct bare_samples {
  std::vector<double> map, mount, unmount;
};

template <class Call>
result<void> time_bare(std::vector<double>& into, Call call) {
  auto began = std::chrono::steady_clock::now();
  auto done = call();
  into.push_back(1000 * milliseconds_since(began));
  return done;
}

result<ring> mapped_bare(const sys::pinned_process& container,
                         bare_samples& into) {
  auto made = ring::start(container);
  for (auto gid : {false, true})
    if (made)
      if (auto done = time_bare(
            into.map, [&] { return write_map_bare(container, *made, gid); });
          !done)
        return done.error();
  return made;
}

result<void> measure_bare(const sys::pinned_process& container, unsigned rounds,
                          bare_samples& into) {
  for (unsigned i = 0; i < rounds; ++i)
    if (auto made = mapped_bare(container, into); !made)
      return made.error();
  auto made = mapped_bare(container, into);
  if (!made)
    return made.error();
  if (auto furnished = made->furnish(); !furnished)
    return furnished;
  auto where = sys::pin_process(made->pid());
  if (!where)
    return where.error();
  for (unsigned i = 0; i < rounds; ++i) {
    auto mounted = time_bare(
      into.mount, [&] { return mount_proc_bare(*where, ring_place); });
    if (!mounted)
      return mounted;
    auto unmounted = time_bare(
      into.unmount, [&] { return unmount_bare(*where, ring_place); });
    if (!unmounted)
      return unmounted;
  }
  return {};
}

void tell_latency(const std::string& who, const std::string& what,
                  const std::vector<double>& micros, target promised,
                  report& to) {
  auto in_ms = [](double value) { return value / 1000; };
  to.add(who, what + ", p50", in_ms(median(micros)), "ms", promised);
  to.add(who, what + ", p99", in_ms(percentile(micros, 0.99)), "ms");
}

void tell_pair(const nlohmann::json& samples, const char* method,
               const std::vector<double>& bare, target promised, report& to) {
  auto ours = samples.value(method, std::vector<double>{});
  tell_latency("berthd", method, ours, promised, to);
  tell_latency("bare system calls", method, bare, {}, to);
  to.add("berthd / bare", std::string{method} + ", p50",
         median(ours) / median(bare), "x");
}

result<void> measure_service(const private_node& node, const std::string& id,
                             pid_t process, unsigned rounds,
                             nlohmann::json& into) {
  auto self = std::filesystem::read_symlink("/proc/self/exe");
  auto paths = node.paths();
  auto said = run_command({self, iws_client_word, std::to_string(process),
                           paths.cgroup(id), paths.shared(id) / "daemon.sock",
                           std::to_string(rounds)});
  if (!said)
    return said.error();
  auto start = std::min(said->output.find('{'), said->output.size());
  into = nlohmann::json::parse(said->output.substr(start), nullptr, false);
  if (!into.is_object() || into.contains("failed"))
    return make_error(ec::internal, "from inside: " + said->output);
  return {};
}

result<void> run_iws(const options& how, report& to) {
  auto node = private_node::start(how, no_limits());
  if (!node)
    return node.error();
  auto id = next_id();
  if (auto started = (*node)->start_workspace(id); !started)
    return started.error();
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto inside = sys::processes_below(*layout, (*node)->paths().cgroup(id));
  if (inside.empty())
    return make_error(ec::internal, "nobody is in the workspace");
  auto container = sys::pin_process(std::ranges::min(inside));
  if (!container)
    return container.error();
  auto rounds = how.rounds ? how.rounds : usual_rounds;
  // Half before and half after, so that a drift of the machine hits both.
  bare_samples bare;
  if (auto done = measure_bare(*container, (rounds + 1) / 2, bare); !done)
    return done;
  nlohmann::json found;
  if (auto done = measure_service(**node, id, container->pid, rounds, found);
      !done)
    return done;
  if (auto done = measure_bare(*container, (rounds + 1) / 2, bare); !done)
    return done;
  for (const auto& [name, rate] : found["rates"].items())
    to.add("berthd", name + ", 8 at once", rate.get<double>(), "calls/s");
  const auto& samples = found["samples"];
  tell_pair(samples, "WriteIDMapping", bare.map, {}, to);
  tell_pair(samples, "MountProc", bare.mount, at_most(slowest_fair_mount_ms),
            to);
  tell_pair(samples, "UmountProc", bare.unmount, {}, to);
  to.note("the client is a process of the workspace and calls over its socket; "
          "no limits on calls. Bare: one forked process that makes the same "
          "system calls (masks and their locks included), checks nothing and "
          "remembers nothing");
  return {};
}

} // namespace

const scenario iws_scenario = {
  .name = "iws",
  .question = "how many calls of a workspace does the node answer, and what "
              "does a mount cost beside its system calls alone?",
  .run = run_iws,
};

} // namespace berth::bench
