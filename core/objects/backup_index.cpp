#include "core/objects/backup_index.hpp"

#include "core/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using nlohmann::json;

constexpr size_t most_needs = 64;

json to_document(const object_info& info) {
  auto out
    = json{{"object", info.file},        {"length", info.bytes},
           {"sha256", info.sha256},      {"entries", info.entries},
           {"created", info.created_ns}, {"generation", info.generation}};
  for (const auto& need : info.needs)
    out["needs"].push_back({{"object", need.file}, {"length", need.bytes}});
  return out;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64
         && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Throws json::exception on anything that is not there or not of its type.
object_info from_document(const json& doc) {
  auto info = object_info{};
  doc.at("object").get_to(info.file);
  doc.at("length").get_to(info.bytes);
  doc.at("sha256").get_to(info.sha256);
  doc.at("entries").get_to(info.entries);
  doc.at("created").get_to(info.created_ns);
  doc.at("generation").get_to(info.generation);
  for (const auto& need : doc.value("needs", json::array()))
    info.needs.push_back({need.at("object").get<std::string>(),
                          need.at("length").get<uint64_t>()});
  return info;
}

bool is_sound(const object_info& info) {
  auto is_backup = [](const auto& need) { return is_trail_file(need.file); };
  return (info.sha256.empty() ? info.needs.empty() : is_sha256(info.sha256))
         && (is_trail_file(info.file) || is_snapshot_file(info.file))
         && is_partial_file(info.file) == !info.needs.empty()
         && info.needs.size() <= most_needs
         && std::all_of(info.needs.begin(), info.needs.end(), is_backup);
}

caf::error damaged() {
  return make_error(ec::data_loss,
                    "the manifest of a stored archive is damaged");
}

} // namespace

std::string to_json(const object_info& info) {
  return print_json(to_document(info), 2) + "\n";
}

result<object_info> object_info_from_json(std::string_view text) {
  try {
    auto info = from_document(parse_json(text));
    if (is_sound(info))
      return info;
  } catch (const json::exception&) {
  }
  return damaged();
}

std::string to_json(const std::vector<object_info>& generations) {
  auto list = json::array();
  for (const auto& info : generations)
    list.push_back(to_document(info));
  return print_json(json{{"generations", list}}, 2) + "\n";
}

result<std::vector<object_info>> generations_from_json(std::string_view text) {
  try {
    auto out = std::vector<object_info>{};
    auto document = parse_json(text);
    for (const auto& doc : document.at("generations"))
      out.push_back(from_document(doc));
    auto sound = std::all_of(out.begin(), out.end(), [](const auto& info) {
      return is_sound(info) && is_trail_file(info.file);
    });
    if (sound && !out.empty())
      return out;
  } catch (const json::exception&) {
  }
  return damaged();
}

bool is_needed(const std::vector<object_info>& kept, const std::string& file) {
  return std::any_of(kept.begin(), kept.end(), [&](const auto& info) {
    return info.file == file
           || std::any_of(info.needs.begin(), info.needs.end(),
                          [&](const auto& need) { return need.file == file; });
  });
}

caf::error not_whole(const std::string& qualified_name) {
  return make_error(ec::data_loss, "a backup needs " + qualified_name
                                     + ", which is not whole");
}

result<void>
check_needs(const std::vector<object_info>& kept, const object_info& what,
            const std::function<result<void>(const archive_part&)>& look) {
  for (const auto& need : what.needs) {
    if (!is_needed(kept, need.file))
      return make_error(ec::not_found,
                        "a backup needs " + need.file + ", which is not kept");
    auto seen = look(need);
    if (!seen && code_of(seen.error()) == ec::data_loss)
      return make_error(ec::not_found, describe(seen.error()));
    if (!seen)
      return seen;
  }
  return {};
}

} // namespace berth
