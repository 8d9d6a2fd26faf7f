#include "app/berth-worker/image/layout.hpp"

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/document.hpp"
#include "core/hasher.hpp"
#include "core/registry/manifest.hpp"
#include "core/registry/platform.hpp"

#include <fcntl.h>

namespace berth::worker {

namespace {

using json = nlohmann::json;

constexpr size_t most_layers = 127;
constexpr auto container_label = "berth.container";
constexpr size_t longest_kind = 64;

result<std::string> read_document(int fd, const std::string& name) {
  return read_text(fd, name, most_manifest_bytes, name + " is too large");
}

result<std::string> read_blob(int layout, const std::string& hex) {
  auto fd = open_blob(layout, hex);
  if (!fd)
    return fd.error();
  auto owned = sys::fd{*fd};
  auto text = read_document(*fd, "document");
  if (text && sha256_hex(*text) != hex)
    return make_error(ec::data_loss, "image: a document has another digest");
  return text;
}

bool is_for_us(const json& descriptor) {
  auto platform = descriptor.find("platform");
  if (platform == descriptor.end())
    return true;
  return platform->value("os", "") == "linux"
         && platform->value("architecture", "") == image_architecture;
}

struct chosen {
  std::string hex;
  bool is_index = false;
};

/// The first manifest of an index that runs here.
chosen choose(const json& index) {
  for (const auto& descriptor : index.at("manifests")) {
    if (!is_for_us(descriptor))
      continue;
    auto type = descriptor.value("mediaType", "");
    auto is_index = type.find("image.index") != type.npos
                    || type.find("manifest.list") != type.npos;
    return {digest_hex(descriptor), is_index};
  }
  return {};
}

image_config config_of(const json& document) {
  auto out = image_config{};
  auto config = document.find("config");
  if (config == document.end() || !config->is_object())
    return out;
  auto text = [&](const char* name) {
    auto found = config->find(name);
    return found == config->end() || found->is_null()
             ? std::string{}
             : found->get<std::string>();
  };
  out.user = text("User");
  out.working_dir = text("WorkingDir");
  if (auto env = config->find("Env"); env != config->end() && !env->is_null())
    out.env = env->get<std::vector<std::string>>();
  if (auto labels = config->find("Labels");
      labels != config->end() && labels->is_object())
    out.container
      = labels->value(container_label, std::string{}).substr(0, longest_kind);
  return out;
}

/// Somebody else would fetch it from there, unchecked.
bool lies_elsewhere(const json& layer) {
  auto type = layer.value("mediaType", "");
  return layer.contains("urls") || type.find("foreign") != type.npos
         || type.find("nondistributable") != type.npos;
}

std::vector<layer_blob> layers_of(const json& manifest, const json& config) {
  const auto& blobs = manifest.at("layers");
  const auto& diff_ids = config.at("rootfs").at("diff_ids");
  if (blobs.size() != diff_ids.size() || blobs.size() > most_layers)
    refuse("too many layers, or not one diff id a layer");
  auto out = std::vector<layer_blob>{};
  for (size_t i = 0; i < blobs.size(); ++i) {
    if (lies_elsewhere(blobs[i]))
      refuse("a layer that is not in the registry");
    auto diff_id = parse_digest(diff_ids[i].get<std::string>());
    if (!diff_id || diff_id->algorithm != "sha256")
      refuse("a diff id that is not sha256");
    out.push_back({digest_hex(blobs[i]), diff_id->hex,
                   blobs[i].at("size").get<uint64_t>()});
  }
  return out;
}

result<std::string> find_manifest(int layout) {
  auto fd = open_beneath(layout, "index.json", O_RDONLY | O_NONBLOCK);
  if (!fd)
    return fd.error();
  auto text = read_document(fd->get(), "index.json");
  for (int depth = 0; depth <= most_index_depth; ++depth) {
    if (!text)
      return text.error();
    auto next = parsed(*text, "image index", choose);
    if (!next)
      return next.error();
    if (next->hex.empty())
      return make_error(ec::failed_precondition,
                        std::string{"image: nothing for linux/"}
                          + image_architecture);
    if (!next->is_index)
      return next->hex;
    text = read_blob(layout, next->hex);
  }
  return make_error(ec::data_loss, "image: indexes too deep");
}

} // namespace

result<int> open_blob(int layout, const std::string& hex) {
  auto fd = open_beneath(layout, "blobs/sha256/" + hex, O_RDONLY | O_NONBLOCK);
  if (!fd)
    return make_error(ec::data_loss,
                      "image: blob is missing: " + describe(fd.error()));
  return fd->release();
}

result<image_description> read_layout(int layout) {
  auto hex = find_manifest(layout);
  if (!hex)
    return hex.error();
  auto manifest = read_blob(layout, *hex);
  if (!manifest)
    return manifest.error();
  auto config_hex = parsed(*manifest, "image manifest", [](const json& it) {
    return digest_hex(it.at("config"));
  });
  if (!config_hex)
    return config_hex.error();
  auto config = read_blob(layout, *config_hex);
  if (!config)
    return config.error();
  return parsed(*manifest, "image manifest", [&](const json& it) {
    auto document = parse_json(*config);
    return image_description{"sha256:" + *hex, config_of(document),
                             layers_of(it, document)};
  });
}

} // namespace berth::worker
