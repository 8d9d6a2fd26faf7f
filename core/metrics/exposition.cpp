#include "core/metrics/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace berth {

namespace {

std::string number(double value) {
  if (std::isinf(value))
    return value > 0 ? "+Inf" : "-Inf";
  auto text = std::array<char, 32>{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// `escape_quotes` in a label's value, not in a help text.
void append_escaped(std::string& to, std::string_view text,
                    bool escape_quotes) {
  for (auto c : text) {
    if (c == '\\' || (c == '"' && escape_quotes))
      to += '\\';
    if (c == '\n')
      to += "\\n";
    else
      to += c;
  }
}

} // namespace

void exposition::family(std::string_view name, std::string_view kind,
                        std::string_view help) {
  family_ = name;
  text_ += "# HELP " + family_ + ' ';
  append_escaped(text_, help, false);
  text_ += "\n# TYPE " + family_ + ' ';
  text_ += kind;
  text_ += '\n';
}

void exposition::sample(const labels& of, double value) {
  line("", of, "", value);
}

void exposition::histogram(const labels& of, const std::vector<double>& bounds,
                           const std::vector<uint64_t>& counts, double sum) {
  auto below = uint64_t{0};
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    line("_bucket", of, i < bounds.size() ? number(bounds[i]) : "+Inf",
         static_cast<double>(below));
  }
  line("_sum", of, "", sum);
  line("_count", of, "", static_cast<double>(below));
}

void exposition::metric(std::string_view name, std::string_view kind,
                        std::string_view help, double value) {
  family(name, kind, help);
  sample(value);
}

void exposition::line(std::string_view suffix, const labels& of,
                      std::string_view bound, double value) {
  text_ += family_;
  text_ += suffix;
  auto separator = '{';
  auto label = [&](std::string_view name, std::string_view of) {
    text_ += separator;
    text_ += name;
    text_ += "=\"";
    append_escaped(text_, of, true);
    text_ += '"';
    separator = ',';
  };
  for (const auto& [name, its_value] : of)
    label(name, its_value);
  if (!bound.empty())
    label("le", bound);
  if (separator == ',')
    text_ += '}';
  text_ += ' ' + number(value) + '\n';
}

} // namespace berth
