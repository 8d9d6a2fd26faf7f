#include "bench/report.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace berth::bench {

namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  int digits = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string verdict(const figure& of) {
  if (of.promised.is == target::kind::none)
    return "";
  auto sign = of.promised.is == target::kind::at_least ? "≥ " : "≤ ";
  return sign + number(of.promised.value) + (of.is_kept() ? " ok" : " MISSED");
}

std::string padded(const std::string& text, size_t width) {
  auto is_start = [](char c) { return (c & 0xc0) != 0x80; };
  auto length = static_cast<size_t>(std::ranges::count_if(text, is_start));
  return text + std::string(width > length ? width - length : 0, ' ');
}

std::string processor() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(line.find(": ") + 2);
  return "unknown processor";
}

/// As text of one cell: peers are pipelines.
std::string cell(const std::string& text) {
  auto out = std::string{};
  for (auto c : text)
    out += c == '|' ? "\\|" : std::string{c};
  return out;
}

} // namespace

bool figure::is_kept() const {
  return promised.is == target::kind::none
         || (promised.is == target::kind::at_least ? value >= promised.value
                                                   : value <= promised.value);
}

void report::add(std::string subject, std::string what, double value,
                 std::string unit, target promised) {
  figures_.push_back({scenario_, std::move(subject), std::move(what), value,
                      std::move(unit), promised});
}

void report::note(std::string text) {
  notes_.emplace_back(scenario_, std::move(text));
}

std::vector<std::string> report::notes_of(const std::string& scenario) const {
  std::vector<std::string> texts;
  for (const auto& [of, text] : notes_)
    if (of == scenario)
      texts.push_back(text);
  return texts;
}

void report::print_table(std::ostream& out) const {
  out << machine() << '\n';
  std::string last;
  for (const auto& each : figures_) {
    if (each.scenario != last)
      out << '\n' << each.scenario << '\n';
    last = each.scenario;
    out << "  " << padded(each.subject, 24) << padded(each.what, 42)
        << padded(number(each.value) + ' ' + each.unit, 18) << verdict(each)
        << '\n';
  }
  for (const auto& [scenario, text] : notes_)
    out << "\n" << scenario << ": " << text << '\n';
}

void report::print_markdown(std::ostream& out) const {
  out << "Machine: " << machine() << "\n";
  std::string last;
  for (size_t i = 0; i < figures_.size(); ++i) {
    const auto& each = figures_[i];
    if (each.scenario != last)
      out << "\n## " << each.scenario
          << "\n\n| subject | what | value | promise |\n| --- | --- | ---: | "
             "--- |\n";
    last = each.scenario;
    out << "| " << cell(each.subject) << " | " << cell(each.what) << " | "
        << number(each.value) << ' ' << each.unit << " | " << verdict(each)
        << " |\n";
    bool is_end = i + 1 == figures_.size() || figures_[i + 1].scenario != last;
    if (is_end)
      for (const auto& text : notes_of(last))
        out << "\n" << text << "\n";
  }
}

void report::print_json(std::ostream& out) const {
  auto all = nlohmann::json::array();
  for (const auto& each : figures_) {
    nlohmann::json entry = {{"scenario", each.scenario},
                            {"subject", each.subject},
                            {"what", each.what},
                            {"value", each.value},
                            {"unit", each.unit}};
    if (each.promised.is != target::kind::none) {
      auto bound
        = each.promised.is == target::kind::at_least ? "at_least" : "at_most";
      entry[bound] = each.promised.value;
      entry["kept"] = each.is_kept();
    }
    all.push_back(std::move(entry));
  }
  auto notes = nlohmann::json::array();
  for (const auto& [scenario, text] : notes_)
    notes.push_back({{"scenario", scenario}, {"text", text}});
  out << nlohmann::json{{"machine", machine()},
                        {"version", BERTH_VERSION},
                        {"figures", all},
                        {"notes", notes}}
           .dump(2)
      << '\n';
}

std::string machine() {
  utsname kernel{};
  ::uname(&kernel);
  auto pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  auto bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  std::array<char, 32> memory{};
  std::snprintf(memory.data(), memory.size(), "%.1f GiB", bytes / (1 << 30));
  return processor() + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN))
         + " cores, " + memory.data() + ", Linux " + kernel.release
         + ", berth " BERTH_VERSION;
}

} // namespace berth::bench
