#include "http_gateway/pages.hpp"

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

/// One metric with one value.
void add(std::ostream& out, const char* name, const char* kind,
         const char* help, double value) {
  out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << kind
      << '\n'
      << name << ' ' << value << '\n';
}

/// Fields of /proc/self/stat from the third on (proc(5)); the second may hold
/// blanks.
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

void add_process(std::ostream& out) {
  auto stat = process_stat();
  constexpr auto user_time = 10, system_time = 11, threads = 16, pages = 20;
  if (stat.size() <= pages)
    return;
  auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  auto page_size = static_cast<double>(::sysconf(_SC_PAGESIZE));
  add(out, "process_cpu_seconds_total", "counter", "Processor time used.",
      (stat[user_time] + stat[system_time]) / ticks);
  add(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
      stat[pages] * page_size);
  add(out, "process_threads", "gauge", "Threads.", stat[threads]);
  add(out, "process_open_fds", "gauge", "Open file descriptors.",
      open_descriptors());
}

std::string escaped(const std::string& label) {
  auto out = std::string{};
  for (auto c : label) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

} // namespace

std::string to_metrics(const records& found, const page_sources& sources) {
  auto counts = std::array<size_t, phases.size()>{};
  for (const auto& record : found)
    ++counts[static_cast<size_t>(record->phase)];
  auto out = std::ostringstream{};
  out.precision(17);
  out << "# HELP berth_workspaces Workspaces by phase.\n"
         "# TYPE berth_workspaces gauge\n";
  for (auto phase : phases)
    out << "berth_workspaces{phase=\"" << to_string(phase) << "\"} "
        << counts[static_cast<size_t>(phase)] << '\n';
  out << "# HELP berth_build_info The version that runs.\n"
         "# TYPE berth_build_info gauge\n"
         "berth_build_info{version=\""
      << escaped(sources.version) << "\"} 1\n";
  add_process(out);
  if (sources.metrics)
    out << sources.metrics();
  return out.str();
}

} // namespace berth::http
