#include "app/berth/program.hpp"

#include "app/berth/commands.hpp"
#include "app/berth/help.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace berth::cli {

namespace {

constexpr std::array all = {
  &start_command,      &ls_command,      &get_command,     &watch_command,
  &logs_command,       &exec_command,    &shell_command,   &stop_command,
  &snapshot_command,   &backup_command,  &content_command, &active_command,
  &timeout_command,    &port_command,    &admit_command,   &ssh_key_command,
  &images_command,     &resolve_command, &build_command,   &builds_command,
  &cluster_command,    &node_command,    &doctor_command,  &maintenance_command,
  &completion_command,
};

constexpr flag shared[] = {
  {"address", 0, "URI",
   "unix:PATH or HOST:PORT; else BERTH_ADDRESS, else "
   "unix:/run/berth/berthd.sock if it is there, else 127.0.0.1:7400"},
  {"tls-ca", 0, "FILE", "speak TLS; who signed berthd's certificate"},
  {"tls-cert", 0, "FILE", "our own certificate"},
  {"tls-key", 0, "FILE", "its key"},
  {"tls-name", 0, "NAME",
   "the name in berthd's certificate, if not the host's"},
  {"output", 'o', "FORMAT", "table (the default) or json"},
  {"version", 0, "", "print the version"},
  {"help", 'h', "", "print this"},
};

int refuse(std::ostream& err, const std::string& why) {
  err << "berth: " << why << "; see berth --help\n";
  return exit_usage;
}

std::vector<flag> with_shared(std::span<const flag> own) {
  std::vector<flag> both{own.begin(), own.end()};
  both.insert(both.end(), std::begin(shared), std::end(shared));
  return both;
}

int run_command(const command& verb, const arguments& outer,
                std::span<const std::string> words, std::ostream& out,
                std::ostream& err) {
  auto refuse_here = [&](const std::string& why) {
    err << "berth: " << verb.name << ": " << why << "; see berth " << verb.name
        << " --help\n";
    return exit_usage;
  };
  auto given = arguments::parse(with_shared(verb.flags), words);
  if (!given)
    return refuse_here(describe(given.error()));
  if (given->has("help")) {
    print_command_help(verb, out);
    return exit_ok;
  }
  given->inherit(outer);
  auto format = given->value_or("output", "table");
  if (format != "table" && format != "json")
    return refuse_here("--output " + format + ": expected table or json");
  if (given->has_rest && verb.run != exec_command.run)
    return refuse_here("nothing may stand behind --");
  session run{std::move(*given),
              format == "json" ? output_format::json : output_format::table,
              out, err};
  run.verb = verb.name;
  return verb.run(run);
}

} // namespace

std::span<const command* const> commands() {
  return all;
}

const std::span<const flag> global_flags = shared;

int run_program(std::span<const std::string> words, std::ostream& out,
                std::ostream& err) {
  auto outer = arguments::parse(shared, words, true);
  if (!outer)
    return refuse(err, describe(outer.error()));
  if (outer->has("version")) {
    out << "berth " BERTH_VERSION "\n";
    return exit_ok;
  }
  if (outer->rest.empty() || outer->rest[0] == "help" || outer->has("help")) {
    auto& to = outer->rest.empty() && !outer->has("help") ? err : out;
    print_help(to);
    return &to == &out ? exit_ok : exit_usage;
  }
  auto behind = std::span<const std::string>{outer->rest};
  auto named = [&](const command* c) { return c->name == behind[0]; };
  auto found = std::ranges::find_if(all, named);
  if (found == all.end())
    return refuse(err, "no command " + behind[0]);
  return run_command(**found, *outer, behind.subspan(1), out, err);
}

} // namespace berth::cli
