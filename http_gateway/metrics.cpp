#include "http_gateway/pages.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace berth::http {

namespace {

constexpr std::array phases{
  phase::unknown, phase::pending,  phase::creating, phase::initializing,
  phase::running, phase::stopping, phase::stopped,  phase::interrupted,
};

/// Fields of /proc/self/stat from the fourth on (proc(5)); the second may hold
/// blanks, the third is a letter.
std::vector<double> process_stat() {
  auto file = std::ifstream{"/proc/self/stat"};
  auto text = std::string{std::istreambuf_iterator<char>{file}, {}};
  auto rest = std::istringstream{text.substr(text.rfind(')') + 1)};
  auto state = std::string{};
  rest >> state;
  return {std::istream_iterator<double>{rest}, {}};
}

double open_descriptors() {
  auto failed = std::error_code{};
  auto count = 0;
  for (auto at = std::filesystem::directory_iterator{"/proc/self/fd", failed};
       !failed && at != std::filesystem::directory_iterator{};
       at.increment(failed))
    ++count;
  return count;
}

/// When the process began, in seconds since the epoch.
double start_time(double ticks_after_boot, double ticks_per_second) {
  auto file = std::ifstream{"/proc/stat"};
  for (auto line = std::string{}; std::getline(file, line);)
    if (line.starts_with("btime "))
      return std::stod(line.substr(6)) + ticks_after_boot / ticks_per_second;
  return 0;
}

void write_process(exposition& out) {
  auto stat = process_stat();
  constexpr auto user_time = 10, system_time = 11, threads = 16, started = 18,
                 bytes = 19, pages = 20;
  if (stat.size() <= pages)
    return;
  auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  auto page_size = static_cast<double>(::sysconf(_SC_PAGESIZE));
  auto most = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  out.metric("process_cpu_seconds_total", "counter", "Processor time used.",
             (stat[user_time] + stat[system_time]) / ticks);
  out.metric("process_resident_memory_bytes", "gauge", "Resident memory.",
             stat[pages] * page_size);
  out.metric("process_virtual_memory_bytes", "gauge", "Virtual memory.",
             stat[bytes]);
  out.metric("process_start_time_seconds", "gauge",
             "When the process began, since 1970.",
             start_time(stat[started], ticks));
  out.metric("process_threads", "gauge", "Threads.", stat[threads]);
  out.metric("process_open_fds", "gauge", "Open file descriptors.",
             open_descriptors());
  out.metric("process_max_fds", "gauge", "File descriptors allowed.",
             static_cast<double>(most.rlim_cur));
}

void write_phases(exposition& out, const records& found) {
  auto counts = std::array<size_t, phases.size()>{};
  for (const auto& record : found)
    ++counts[static_cast<size_t>(record->phase)];
  out.family("berth_workspaces", "gauge", "Workspaces by phase.");
  for (auto phase : phases)
    out.sample({{"phase", to_string(phase)}},
               static_cast<double>(counts[static_cast<size_t>(phase)]));
}

} // namespace

std::string to_metrics(const result<records>& found,
                       const page_sources& sources) {
  auto out = exposition{};
  out.family("berth_build_info", "gauge", "The version that runs.");
  out.sample({{"version", sources.version}}, 1);
  out.family("gitpod_server_version", "gauge", "The version that runs.");
  out.sample({{"version", sources.version}}, 1);
  out.metric("berth_ready", "gauge", "Whether the node serves.", found ? 1 : 0);
  write_process(out);
  if (sources.metrics)
    sources.metrics(out);
  if (found) {
    write_phases(out, *found);
    if (sources.gauges)
      sources.gauges(out, *found);
  }
  return out.text();
}

} // namespace berth::http
