#include "core/metrics/family.hpp"

#include <algorithm>

namespace berth {

namespace {

exposition::labels labelled(const family_info& info,
                            const label_values& values) {
  auto out = exposition::labels{};
  for (size_t i = 0; i < info.labels.size() && i < values.size(); ++i)
    out.emplace_back(info.labels[i], values[i]);
  return out;
}

} // namespace

void counter_family::count(const label_values& of, uint64_t by) {
  auto lock = std::lock_guard{mutex_};
  series_[of] += static_cast<double>(by);
}

void counter_family::write(exposition& out) const {
  auto lock = std::lock_guard{mutex_};
  out.family(info_.name, "counter", info_.help);
  for (const auto& [values, count] : series_)
    out.sample(labelled(info_, values), count);
}

void histogram_family::observe(const label_values& of, double value) {
  auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  auto lock = std::lock_guard{mutex_};
  auto& into = series_[of];
  into.counts.resize(bounds_.size() + 1);
  ++into.counts[static_cast<size_t>(at - bounds_.begin())];
  into.sum += value;
}

void histogram_family::write(exposition& out) const {
  auto lock = std::lock_guard{mutex_};
  out.family(info_.name, "histogram", info_.help);
  for (const auto& [values, one] : series_)
    out.histogram(labelled(info_, values), bounds_, one.counts, one.sum);
}

} // namespace berth
