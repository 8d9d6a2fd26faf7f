#include "actors/events/untold_records.hpp"

#include <utility>

namespace berth {

bool untold_records::has_alike(const workspace_record& record) const {
  auto last = last_.find(record.spec.id);
  return last != last_.end() && records_[last->second]->phase == record.phase;
}

void untold_records::put(const record_ptr& record) {
  if (has_alike(*record)) {
    records_[last_[record->spec.id]] = record;
    return;
  }
  last_[record->spec.id] = records_.size();
  records_.push_back(record);
}

std::vector<record_ptr> untold_records::take(const std::string& id) {
  auto out = std::vector<record_ptr>{};
  if (!last_.contains(id))
    return out;
  for (const auto& record : take())
    if (record->spec.id == id)
      out.push_back(record);
    else
      put(record);
  return out;
}

std::vector<record_ptr> untold_records::take() {
  last_.clear();
  return std::exchange(records_, {});
}

} // namespace berth
