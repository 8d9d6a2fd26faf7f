#include "core/objects/backup_index.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using nlohmann::json;

json to_document(const object_info& info) {
  return {{"object", info.file},        {"length", info.bytes},
          {"sha256", info.sha256},      {"entries", info.entries},
          {"created", info.created_ns}, {"generation", info.generation}};
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
  return info;
}

bool is_sound(const object_info& info) {
  return (info.sha256.empty() || is_sha256(info.sha256))
         && (is_trail_file(info.file) || is_snapshot_file(info.file));
}

caf::error damaged() {
  return make_error(ec::data_loss,
                    "the manifest of a stored archive is damaged");
}

} // namespace

std::string to_json(const object_info& info) {
  return to_document(info).dump(2) + "\n";
}

result<object_info> object_info_from_json(std::string_view text) {
  try {
    auto info = from_document(json::parse(text));
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
  return json{{"generations", list}}.dump(2) + "\n";
}

result<std::vector<object_info>> generations_from_json(std::string_view text) {
  try {
    auto out = std::vector<object_info>{};
    auto document = json::parse(text);
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

} // namespace berth
