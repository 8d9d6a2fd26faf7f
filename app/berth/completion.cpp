#include "app/berth/commands.hpp"

#include <array>
#include <ostream>

namespace berth::cli {

namespace {

constexpr std::array<std::string_view, 3> shells = {"bash", "zsh", "fish"};

std::string words(std::span<const flag> flags) {
  std::string all;
  for (const auto& option : flags)
    all += (all.empty() ? "--" : " --") + std::string{option.name};
  return all;
}

bool takes_id(const command& verb) {
  return verb.operands.starts_with("ID");
}

/// What may stand behind `verb`, as text that the shell expands.
std::string candidates(const command& verb) {
  auto all = words(verb.flags);
  for (auto subverb : verb.subverbs)
    all += ' ' + std::string{subverb};
  if (takes_id(verb))
    all += " $(berth ls -q 2>/dev/null)";
  return all;
}

void print_bash(std::ostream& out) {
  out << "_berth() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} verb= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n";
  out << "      ";
  for (const auto* verb : commands())
    out << (verb == commands().front() ? "" : "|") << verb->name;
  out << ") verb=${COMP_WORDS[i]}; break ;;\n"
         "    esac\n"
         "  done\n"
         "  local shared=\""
      << words(global_flags)
      << "\"\n"
         "  case $verb in\n    '') set -- \"";
  for (const auto* verb : commands())
    out << verb->name << ' ';
  out << "\" ;;\n";
  for (const auto* verb : commands())
    out << "    " << verb->name << ") set -- \"" << candidates(*verb)
        << "\" ;;\n";
  out << "  esac\n"
         "  COMPREPLY=($(compgen -W \"$1 $shared\" -- \"$word\"))\n"
         "}\n"
         "complete -o default -F _berth berth\n";
}

void print_fish(std::ostream& out) {
  out << "complete -c berth -f\n";
  for (const auto& option : global_flags)
    out << "complete -c berth -l " << option.name
        << (option.value.empty() ? "" : " -r") << '\n';
  for (const auto* verb : commands()) {
    out << "complete -c berth -n __fish_use_subcommand -a " << verb->name
        << " -d '" << verb->summary << "'\n";
    auto within = "complete -c berth -n '__fish_seen_subcommand_from "
                  + std::string{verb->name} + "'";
    for (const auto& option : verb->flags)
      out << within << " -l " << option.name
          << (option.value.empty() ? "" : " -r") << '\n';
    for (auto subverb : verb->subverbs)
      out << within << " -a " << subverb << '\n';
    if (takes_id(*verb))
      out << within << " -a '(berth ls -q 2>/dev/null)'\n";
  }
}

int completion(session& run) {
  auto shell = run.given.operands.size() == 1 ? run.given.operands[0] : "";
  if (shell == "fish") {
    print_fish(run.out);
  } else if (shell == "bash" || shell == "zsh") {
    // zsh runs bash's functions.
    if (shell == "zsh")
      run.out << "autoload -Uz bashcompinit && bashcompinit\n";
    print_bash(run.out);
  } else {
    return run.wrong_usage("expected bash, zsh or fish");
  }
  return exit_ok;
}

} // namespace

const command completion_command = {
  .name = "completion",
  .operands = "bash | zsh | fish",
  .summary = "print a script that completes commands, options and ids",
  .details = "For bash: berth completion bash > "
             "/etc/bash_completion.d/berth",
  .flags = {},
  .subverbs = shells,
  .run = completion,
};

} // namespace berth::cli
