#include "core/registry/manifest.hpp"

#include "core/content/digest.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using json = nlohmann::json;

constexpr size_t longest_token = size_t{32} << 10;

caf::error no_manifest() {
  return make_error(ec::unavailable,
                    "the registry sent something that is no manifest");
}

/// Null if `object` is none or has no such member.
const json* find_member(const json& object, const char* name) {
  auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

std::string text_at(const json* object, const char* name) {
  auto* found = object ? find_member(*object, name) : nullptr;
  return found && found->is_string() ? found->get<std::string>()
                                     : std::string{};
}

bool is_image(const json& document) {
  auto* config = find_member(document, "config");
  auto* size = config ? find_member(*config, "size") : nullptr;
  return size && size->is_number_unsigned() && size->get<uint64_t>() > 0;
}

} // namespace

result<std::optional<std::string>> entry_for(std::string_view index,
                                             std::string_view architecture) {
  auto document = parse_json_or_discard(index);
  if (is_image(document))
    return std::optional<std::string>{};
  auto* entries = find_member(document, "manifests");
  if (!entries || !entries->is_array())
    return no_manifest();
  auto fits = [&](const json& entry) {
    auto* platform = find_member(entry, "platform");
    return text_at(platform, "os") == "linux"
           && text_at(platform, "architecture") == architecture;
  };
  auto found = std::find_if(entries->begin(), entries->end(), fits);
  if (found == entries->end())
    return make_error(ec::not_found, "no manifest for platform linux-"
                                       + std::string{architecture} + " found");
  auto digest = parse_digest(text_at(&*found, "digest"));
  if (!digest || digest->algorithm != "sha256")
    return no_manifest();
  return std::optional{digest->text()};
}

result<std::string> token_in(std::string_view answer) {
  auto document = parse_json_or_discard(answer);
  auto token = text_at(&document, "token");
  if (token.empty())
    token = text_at(&document, "access_token");
  auto is_printable = std::all_of(token.begin(), token.end(),
                                  [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || token.size() > longest_token || !is_printable)
    return make_error(ec::unavailable, "the registry gave no token");
  return token;
}

} // namespace berth
