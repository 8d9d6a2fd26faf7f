#pragma once

#include "core/builds/dockerfile_variables.hpp"
#include "core/builds/quoted_words.hpp"
#include "model/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// What the variables of a Dockerfile are at some place of it, as far as the
/// Dockerfile alone tells; an image that a stage begins with may set more. As
/// buildah has it, which runs the steps: ENV counts more than ARG, and what a
/// stage has of an earlier one is its ENV.
class dockerfile_stage {
public:
  explicit dockerfile_stage(char escape)
    : escape_(escape), global_(escape), current_(escape) {}

  /// An instruction in one line, and its words. FROM, ARG and ENV (`keyword`,
  /// in lower case) change something.
  void read(std::string_view keyword, std::string_view line,
            const std::vector<quoted_word>& words);

  /// See `dockerfile_variables`; `not_found` if nothing set one of them,
  /// `exhausted` if it is longer than `most`.
  result<std::string> filled_in(std::string_view text, size_t most) const;

private:
  using environment = std::map<std::string, std::optional<std::string>>;
  using words = std::vector<quoted_word>;

  void begin_stage(const words&);
  void read_arg(const words&);
  void read_env(std::string_view line, const words&);
  std::optional<std::string> value_of(std::string_view word) const;

  char escape_;
  dockerfile_variables global_;                ///< ARGs before the first FROM
  dockerfile_variables current_;               ///< in this stage
  environment env_;                            ///< of this stage
  std::map<std::string, environment> earlier_; ///< by name and number
  size_t kept_bytes_ = 0;                      ///< of these
  std::vector<std::string> names_;             ///< of this stage
  int stages_ = 0;
};

} // namespace berth
