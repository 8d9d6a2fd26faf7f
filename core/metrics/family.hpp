#pragma once

#include "core/metrics/exposition.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace berth {

/// What the families below have in common: a name, a help text, and the names
/// of the labels that tell their series apart.
struct family_info {
  std::string name, help;
  std::vector<std::string> labels;
};

using label_values = std::vector<std::string>;

/// Numbers that only grow, one for each combination of labels that occurred.
/// Thread-safe.
class counter_family {
public:
  explicit counter_family(family_info info) : info_(std::move(info)) {}

  void count(const label_values& of, uint64_t by = 1);
  void write(exposition&) const;

private:
  const family_info info_;
  mutable std::mutex mutex_;
  std::map<label_values, double> series_;
};

/// How often values fell into which range. Thread-safe.
class histogram_family {
public:
  histogram_family(family_info info, std::vector<double> bounds)
    : info_(std::move(info)), bounds_(std::move(bounds)) {}

  void observe(const label_values& of, double value);
  void write(exposition&) const;

private:
  struct series {
    std::vector<uint64_t> counts;
    double sum = 0;
  };

  const family_info info_;
  const std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::map<label_values, series> series_;
};

} // namespace berth
