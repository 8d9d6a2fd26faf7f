#include "core/resources/cpu_distribution.hpp"

#include <algorithm>
#include <utility>

namespace berth {

namespace {

uint64_t limit_at_any_time(const cpu_terms& terms, nanoseconds spent) {
  return terms.buckets.empty() ? terms.limit
                               : limit_of_buckets(terms.buckets, spent);
}

} // namespace

cpu_distribution::claim cpu_distribution::look_at(const cpu_subject& subject,
                                                  nanoseconds& used_since) {
  const auto& now = subject.reading;
  auto [at, is_new] = pasts_.try_emplace(subject.id, past{now.used, now});
  auto& known = at->second;
  if (now.used < known.last.used) // another container under its name
    known = {now.used, now};
  used_since += now.used - known.last.used;
  auto seen = claim{&subject, now.used - known.first,
                    !is_new && now.throttled > known.last.throttled};
  known.last = now;
  return seen;
}

std::vector<cpu_order>
cpu_distribution::turn(const std::vector<cpu_subject>& all,
                       nanoseconds since_last) {
  auto before = std::exchange(pasts_, {});
  auto used_since = nanoseconds{};
  auto claims = std::vector<claim>{};
  for (const auto& subject : all) {
    if (auto known = before.find(subject.id); known != before.end())
      pasts_.insert(*known);
    claims.push_back(look_at(subject, used_since));
  }
  used_ += used_since;
  if (!std::exchange(began_, true))
    return {};
  std::stable_sort(
    claims.begin(), claims.end(),
    [](const auto& a, const auto& b) { return a.spent < b.spent; });
  auto used = bandwidth_of_usage(used_since, since_last);
  auto orders = std::vector<cpu_order>{};
  for (const auto& it : claims) {
    const auto& terms = it.subject->terms;
    auto order = cpu_order{it.subject->id, std::nullopt, it.was_throttled};
    auto limit = limit_at_any_time(terms, it.spent);
    order.is_burst = limit > 0 && it.was_throttled && used < total_;
    if (order.is_burst)
      used += terms.burst > 0 ? terms.burst : total_;
    if (auto most = order.is_burst ? terms.burst : limit; most > 0)
      order.limit = most;
    orders.push_back(std::move(order));
  }
  return orders;
}

} // namespace berth
