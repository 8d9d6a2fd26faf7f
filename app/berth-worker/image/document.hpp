#pragma once

#include "core/content/digest.hpp"
#include "core/json_text.hpp"
#include "model/error.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

/// The JSON documents of an image. What reading one throws is caught once, in
/// `parsed`.
namespace berth::worker {

[[noreturn]] inline void refuse(const char* why) {
  throw std::invalid_argument(why);
}

/// Of what a manifest or an index names.
inline std::string digest_hex(const nlohmann::json& descriptor) {
  auto digest = parse_digest(descriptor.at("digest").get<std::string>());
  if (!digest || digest->algorithm != "sha256")
    refuse("a digest that is not sha256");
  return digest->hex;
}

/// What `use` makes of the document; `data_loss` if it throws.
template <class Use>
auto parsed(const std::string& text, const char* name, Use use)
  -> result<decltype(use(nlohmann::json{}))> {
  try {
    return use(parse_json(text));
  } catch (const std::exception& why) {
    return make_error(ec::data_loss, std::string{name} + ": " + why.what());
  }
}

} // namespace berth::worker
