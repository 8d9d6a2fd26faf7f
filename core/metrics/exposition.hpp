#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {

/// Writes metrics in Prometheus' text format, version 0.0.4: a family, then
/// its samples.
class exposition {
public:
  using labels = std::vector<std::pair<std::string_view, std::string>>;

  /// `kind` is "counter", "gauge" or "histogram".
  void family(std::string_view name, std::string_view kind,
              std::string_view help);

  /// One value of the latest family.
  void sample(const labels&, double value);
  void sample(double value) { sample({}, value); }

  /// One series of the latest family, a histogram: `counts` of what is at most
  /// the bound beside it, less what an earlier bound holds; the last one is of
  /// what no bound holds.
  void histogram(const labels&, const std::vector<double>& bounds,
                 const std::vector<uint64_t>& counts, double sum);

  /// A family of one value.
  void metric(std::string_view name, std::string_view kind,
              std::string_view help, double value);

  const std::string& text() const { return text_; }

private:
  void line(std::string_view suffix, const labels&, std::string_view bound,
            double value);

  std::string family_;
  std::string text_;
};

} // namespace berth
