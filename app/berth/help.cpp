#include "app/berth/help.hpp"

#include "app/berth/commands.hpp"

#include <ostream>

namespace berth::cli {

namespace {

constexpr size_t page_width = 79;
constexpr size_t help_column = 26;

/// `text` broken between words, from column `indent` on.
void print_wrapped(std::ostream& out, std::string_view text, size_t indent,
                   size_t at) {
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (at > indent && at + 1 + word.size() > page_width) {
      out << '\n' << std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out << ' ';
      ++at;
    }
    out << word;
    at += word.size();
  }
  out << '\n';
}

void print_entry(std::ostream& out, const std::string& left,
                 std::string_view right) {
  out << left;
  if (left.size() + 2 > help_column)
    out << '\n' << std::string(help_column, ' ');
  else
    out << std::string(help_column - left.size(), ' ');
  print_wrapped(out, right, help_column, help_column);
}

void print_flags(std::ostream& out, std::span<const flag> flags) {
  for (const auto& option : flags) {
    std::string left = option.letter ? std::string{"  -"} + option.letter + ", "
                                     : std::string(6, ' ');
    left += "--" + std::string{option.name};
    if (!option.value.empty())
      left += ' ' + std::string{option.value};
    print_entry(out, left, option.help);
  }
}

void print_paragraphs(std::ostream& out, std::string_view text) {
  while (!text.empty()) {
    auto paragraph = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), paragraph.size() + 1));
    print_wrapped(out, paragraph, 0, 0);
  }
}

} // namespace

void print_help(std::ostream& out) {
  out << "Usage: berth [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n";
  for (const auto* verb : commands())
    print_entry(out, "  " + std::string{verb->name}, verb->summary);
  out << "\nOptions, before the command or behind it:\n";
  print_flags(out, global_flags);
  out << "\nWhere a command takes an ID, an instance id, a meta id or the\n"
         "beginning of one will do, as long as it is nobody else's.\n"
         "\nWith --output json, ls is one JSON array and other lists are one\n"
         "JSON object; watch, logs and other streams are one JSON document a\n"
         "line.\n"
         "\nExit codes: 0 done, 1 the service refused or cannot be reached,\n"
         "2 wrong usage, 3 the workspace failed; exec and shell end with the\n"
         "code of the command they ran.\n";
}

void print_command_help(const command& verb, std::ostream& out) {
  out << "Usage: berth " << verb.name;
  if (!verb.operands.empty())
    out << ' ' << verb.operands;
  out << "\n\n";
  print_wrapped(out, verb.summary, 0, 0);
  if (!verb.details.empty()) {
    out << '\n';
    print_paragraphs(out, verb.details);
  }
  if (!verb.flags.empty()) {
    out << "\nOptions:\n";
    print_flags(out, verb.flags);
  }
  out << "\nOptions of every command:\n";
  print_flags(out, global_flags);
}

} // namespace berth::cli
