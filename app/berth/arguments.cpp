#include "app/berth/arguments.hpp"

#include <algorithm>

namespace berth::cli {

namespace {

const flag* named(std::span<const flag> flags, std::string_view name) {
  auto found = std::ranges::find(flags, name, &flag::name);
  return found == flags.end() ? nullptr : &*found;
}

const flag* lettered(std::span<const flag> flags, char letter) {
  auto found = std::ranges::find(flags, letter, &flag::letter);
  return found == flags.end() ? nullptr : &*found;
}

/// The words as they are being read.
class reader {
public:
  using options = std::vector<std::pair<std::string, std::string>>;

  reader(std::span<const flag> flags, std::span<const std::string> words,
         options& found)
    : flags_(flags), words_(words), found_(found) {}

  bool at_end() const { return words_.empty(); }
  const std::string& word() const { return words_.front(); }
  std::span<const std::string> left() const { return words_; }
  void skip() { words_ = words_.subspan(1); }

  /// `--name`, `--name=value` or `--name value`.
  caf::error read_long() {
    auto text = std::string_view{word()}.substr(2);
    auto equals = text.find('=');
    auto name = text.substr(0, equals);
    const flag* known = named(flags_, name);
    if (!known)
      return refused("no option --" + std::string{name});
    if (equals == text.npos)
      return take(*known, "--" + std::string{name});
    if (known->value.empty())
      return refused("--" + std::string{name} + " takes no value");
    found_.emplace_back(known->name, text.substr(equals + 1));
    skip();
    return {};
  }

  /// `-x`, `-xy`, `-x value` or `-xvalue`.
  caf::error read_short() {
    auto letters = word().substr(1);
    for (size_t i = 0; i < letters.size(); ++i) {
      const flag* known = lettered(flags_, letters[i]);
      auto shown = std::string{'-', letters[i]};
      if (!known)
        return refused("no option " + shown);
      if (known->value.empty()) {
        found_.emplace_back(known->name, "");
      } else if (i + 1 < letters.size()) {
        found_.emplace_back(known->name, letters.substr(i + 1));
        break;
      } else {
        return take(*known, shown);
      }
    }
    skip();
    return {};
  }

private:
  caf::error take(const flag& known, const std::string& shown) {
    skip();
    if (known.value.empty()) {
      found_.emplace_back(known.name, "");
      return {};
    }
    if (at_end())
      return refused(shown + " needs a value: " + std::string{known.value});
    found_.emplace_back(known.name, word());
    skip();
    return {};
  }

  std::span<const flag> flags_;
  std::span<const std::string> words_;
  options& found_;
};

} // namespace

caf::error refused(std::string text) {
  return make_error(ec::invalid_argument, std::move(text));
}

result<arguments> arguments::parse(std::span<const flag> flags,
                                   std::span<const std::string> words,
                                   bool until_operand) {
  arguments parsed;
  reader from{flags, words, parsed.options_};
  while (!from.at_end()) {
    const auto& word = from.word();
    if (word == "--") {
      from.skip();
      parsed.has_rest = true;
      break;
    }
    caf::error failed;
    if (word.starts_with("--")) {
      failed = from.read_long();
    } else if (word.size() > 1 && word[0] == '-') {
      failed = from.read_short();
    } else if (until_operand) {
      break;
    } else {
      parsed.operands.push_back(word);
      from.skip();
    }
    if (failed)
      return failed;
  }
  parsed.rest.assign(from.left().begin(), from.left().end());
  return parsed;
}

bool arguments::has(std::string_view name) const {
  return value(name).has_value();
}

std::optional<std::string> arguments::value(std::string_view name) const {
  for (auto it = options_.rbegin(); it != options_.rend(); ++it)
    if (it->first == name)
      return it->second;
  return std::nullopt;
}

std::string arguments::value_or(std::string_view name,
                                std::string fallback) const {
  return value(name).value_or(std::move(fallback));
}

std::vector<std::string> arguments::values(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& [key, value] : options_)
    if (key == name)
      all.push_back(value);
  return all;
}

void arguments::inherit(const arguments& outer) {
  options_.insert(options_.begin(), outer.options_.begin(),
                  outer.options_.end());
}

} // namespace berth::cli
