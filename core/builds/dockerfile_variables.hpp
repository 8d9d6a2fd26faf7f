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

  /// Nothing: it has a value that only a builder knows. So has one that is too
  /// long, alone (64 KiB) or with all others (1 MiB), or one of too many.
  void set(const std::string& name, std::optional<std::string> value);

  /// The value that was set last, if that is known.
  std::optional<std::string> find(std::string_view name) const;

  /// A word with `$x`, `${x}`, `${x:-other}`, `${x:+other}` and the like filled
  /// in as builders do; what has no value is empty. Quotes are taken away, with
  /// what they and the escape character mean.
  std::string expanded(std::string_view word) const;
  /// Names without a known value, and what cannot be read, are added to
  /// `unknown`.
  std::string expanded(std::string_view word,
                       std::set<std::string>& unknown) const;

  /// A here document: quotes stay and mean nothing, a backslash goes and lets
  /// the next character be. As above. Ends early when it is longer than
  /// `most`.
  std::string filled_in(std::string_view text, size_t most,
                        std::set<std::string>& unknown) const;

private:
  class reader;

  char escape_;
  size_t bytes_ = 0; ///< of all values
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

} // namespace berth
