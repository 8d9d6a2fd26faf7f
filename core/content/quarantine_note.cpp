#include "core/content/quarantine_note.hpp"

#include "core/json_text.hpp"
#include "model/ids.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

/// Names each field once, to write and to read it.
void each_field(auto& note, auto visit) {
  visit("instance", note.instance);
  visit("owner", note.owner);
  visit("metaId", note.meta_id);
  visit("from", note.from);
  visit("why", note.why);
  visit("sinceNs", note.since_ns);
  visit("backup", note.backup);
  visit("restoredNs", note.restored_ns);
}

} // namespace

std::string to_json(const quarantine_note& note) {
  auto out = nlohmann::json::object();
  each_field(note, [&](const char* name, const auto& x) { out[name] = x; });
  return print_json_lossy(out, 2) + "\n";
}

result<quarantine_note> note_from_json(std::string_view text) {
  try {
    auto all = parse_json(text);
    auto note = quarantine_note{};
    each_field(note, [&](const char* name, auto& x) {
      if (auto found = all.find(name); found != all.end())
        found->get_to(x);
    });
    return note;
  } catch (const std::exception& problem) {
    return make_error(ec::data_loss,
                      std::string{"parse why.json: "} + problem.what());
  }
}

bool is_quarantine_name(std::string_view name) {
  auto dash = name.rfind('-');
  if (dash == name.npos || !is_valid_id(name.substr(0, dash)))
    return false;
  auto number = name.substr(dash + 1);
  return !number.empty() && number.size() <= 20
         && std::all_of(number.begin(), number.end(),
                        [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace berth
