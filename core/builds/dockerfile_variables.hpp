#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace berth {

/// Values of ARG and ENV at some place of a Dockerfile.
class dockerfile_variables {
public:
  explicit dockerfile_variables(char escape) : escape_(escape) {}

  /// Nothing: it has a value that only a builder knows.
  void set(std::string name, std::optional<std::string> value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }

  /// The value that was set last, if that is known.
  std::optional<std::string> find(std::string_view name) const;

  /// A word with `$x`, `${x}`, `${x:-default}` and `${x:+other}` filled in, as
  /// by a shell; what has no value is empty. Quotes are taken away.
  std::string expanded(std::string_view word) const;
  /// Names without a known value are added to `unknown`.
  std::string expanded(std::string_view word,
                       std::set<std::string>& unknown) const;

  /// A text as the shell fills in a here document: quotes are nothing special,
  /// and a backslash only before `$`, itself and a line end. As above.
  std::string filled_in(std::string_view text,
                        std::set<std::string>& unknown) const;

private:
  struct use {
    std::string value;
    size_t end; ///< of the text that was used
  };
  use use_at(std::string_view text, size_t dollar,
             std::set<std::string>& unknown) const;
  std::string value_of(std::string_view expression,
                       std::set<std::string>& unknown) const;

  char escape_;
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

} // namespace berth
