#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace berth::bench {

/// What a number should be, if the project promises anything of it.
struct target {
  enum class kind { none, at_least, at_most };
  kind is = kind::none;
  double value = 0;
};

inline target at_least(double value) {
  return {target::kind::at_least, value};
}
inline target at_most(double value) {
  return {target::kind::at_most, value};
}

/// One number: of `subject` ("berthd", "crun floor", "berthd / floor"), in
/// `unit` ("ms", "calls/s", "x").
struct figure {
  std::string scenario, subject, what;
  double value = 0;
  std::string unit;
  target promised = {};

  bool is_kept() const;
};

/// All that a run found out.
class report {
public:
  /// Belongs to every figure that follows.
  void begin(std::string scenario) { scenario_ = std::move(scenario); }
  void add(std::string subject, std::string what, double value,
           std::string unit, target promised = {});
  /// A sentence that the numbers need, such as why a peer is missing.
  void note(std::string text);

  void print_table(std::ostream&) const;
  void print_markdown(std::ostream&) const;
  void print_json(std::ostream&) const;

private:
  std::vector<std::string> notes_of(const std::string& scenario) const;

  std::string scenario_;
  std::vector<figure> figures_;
  std::vector<std::pair<std::string, std::string>> notes_;
};

/// Processor, cores, memory, kernel: what numbers depend on.
std::string machine();

} // namespace berth::bench
