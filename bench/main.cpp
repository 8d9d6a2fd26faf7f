#include "bench/bare_server.hpp"
#include "bench/density_count.hpp"
#include "bench/iws_client.hpp"
#include "bench/scenario.hpp"
#include "bench/subscribe_server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace berth::bench {

namespace {

constexpr std::array all
  = {&rpc_scenario,       &start_scenario,       &density_scenario,
     &subscribe_scenario, &recovery_scenario,    &backup_scenario,
     &restore_scenario,   &incremental_scenario, &clone_scenario,
     &build_scenario,     &iws_scenario};

struct command_line {
  options how;
  std::vector<const scenario*> chosen;
  std::string json;
  bool markdown = false;
  bool help = false;
  std::string wrong;
};

command_line parse(const std::vector<std::string>& words) {
  command_line line;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    bool has_value = i + 1 < words.size();
    auto named = [&](auto* each) { return each->name == word; };
    auto found = std::ranges::find_if(all, named);
    if (word == "--help" || word == "-h") {
      line.help = true;
    } else if (word == "--markdown") {
      line.markdown = true;
    } else if (word == "--verbose") {
      line.how.verbose = true;
    } else if (word == "--json" && has_value) {
      line.json = words[++i];
    } else if (word == "--rounds" && has_value) {
      const auto& text = words[++i];
      auto [end, failed] = std::from_chars(
        text.data(), text.data() + text.size(), line.how.rounds);
      if (failed != std::errc{} || *end != 0 || line.how.rounds == 0)
        line.wrong = "--rounds " + text;
    } else if (found != all.end()) {
      line.chosen.push_back(*found);
    } else {
      line.wrong = word;
    }
  }
  if (line.chosen.empty())
    line.chosen.assign(all.begin(), all.end());
  return line;
}

void print_help() {
  std::cout << "Usage: berth-bench [OPTIONS] [SCENARIO...]\n\n"
               "Scenarios, all if none is named:\n";
  for (const auto* each : all)
    std::cout << "  " << each->name << std::string(13 - each->name.size(), ' ')
              << each->question << '\n';
  std::cout << "\nOptions:\n"
               "  --rounds N   repetitions, instead of each scenario's own\n"
               "  --json FILE  write all figures to FILE too\n"
               "  --markdown   print Markdown instead of a table\n"
               "  --verbose    show what berthd logs\n\n"
               "Starts a berthd of its own from the directory of this program; "
               "needs root.\nExit codes: 0 measured, 1 something could not be "
               "measured, 2 wrong usage.\n";
}

int measure(const command_line& line) {
  report found;
  bool is_complete = true;
  for (const auto* each : line.chosen) {
    found.begin(std::string{each->name});
    std::cerr << "berth-bench: " << each->name << ": " << each->question
              << '\n';
    if (auto done = each->run(line.how, found); !done) {
      found.note("NOT MEASURED: " + describe(done.error()));
      is_complete = false;
    }
  }
  if (line.markdown)
    found.print_markdown(std::cout);
  else
    found.print_table(std::cout);
  if (!line.json.empty()) {
    std::ofstream file{line.json};
    found.print_json(file);
    is_complete = is_complete && file.flush().good();
  }
  return is_complete ? 0 : 1;
}

} // namespace

int run(const std::vector<std::string>& words) {
  // Children of this very program, in processes of their own.
  if (words.size() == 3 && words[0] == bare_server_word)
    return serve_bare(words[1], words[2]);
  if (words.size() == 3 && words[0] == density_word)
    return count_density(words[1], words[2]);
  if (words.size() == 2 && words[0] == subscribe_server_word)
    return serve_subscribers(words[1]);
  if (words.size() == 5 && words[0] == iws_client_word)
    return call_from_inside({words[1], words[2], words[3], words[4]});
  auto line = parse(words);
  if (!line.wrong.empty()) {
    std::cerr << "berth-bench: " << line.wrong
              << ": neither option nor scenario; see berth-bench --help\n";
    return 2;
  }
  if (line.help) {
    print_help();
    return 0;
  }
  line.how.bin_dir
    = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return measure(line);
}

} // namespace berth::bench

int main(int argc, char** argv) {
  return berth::bench::run({argv + std::min(argc, 1), argv + argc});
}
