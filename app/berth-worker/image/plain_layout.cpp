#include "app/berth-worker/image/plain_layout.hpp"

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/document.hpp"
#include "core/hasher.hpp"
#include "core/json_text.hpp"
#include "core/registry/manifest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

namespace berth::worker {

namespace {

constexpr auto oci_type = "application/vnd.oci.image.manifest.v1+json";

struct described {
  std::string media_type;
  std::set<std::string> files; ///< a layer may be there twice
};

described describe_manifest(const nlohmann::json& manifest) {
  auto out = described{manifest.value("mediaType", oci_type),
                       {digest_hex(manifest.at("config"))}};
  for (const auto& layer : manifest.at("layers"))
    out.files.insert(digest_hex(layer));
  return out;
}

result<void> write_json(int directory, const char* name,
                        const nlohmann::json& what) {
  auto file = open_beneath(directory, name, O_CREAT | O_EXCL | O_WRONLY, 0644);
  if (!file)
    return file.error();
  return write_all(file->get(), print_json(what), name);
}

} // namespace

result<void> make_layout(int directory) {
  constexpr auto manifest_name = "manifest.json";
  auto file = open_beneath(directory, manifest_name, O_RDONLY | O_NONBLOCK);
  if (!file)
    return file.error();
  auto manifest = read_text(file->get(), manifest_name, most_manifest_bytes,
                            "the manifest is too large");
  if (!manifest)
    return manifest.error();
  auto what = parsed(*manifest, "image manifest", describe_manifest);
  if (!what)
    return what.error();
  auto blobs = make_directories(directory, "blobs/sha256", 0755,
                                {::getuid(), ::getgid()});
  if (!blobs)
    return blobs.error();
  for (const auto& name : what->files)
    if (::renameat(directory, name.c_str(), blobs->get(), name.c_str()) < 0)
      return errno_error(errno, "renameat", name);
  auto hex = sha256_hex(*manifest);
  if (::renameat(directory, manifest_name, blobs->get(), hex.c_str()) < 0)
    return errno_error(errno, "renameat", manifest_name);
  auto version = nlohmann::json{{"imageLayoutVersion", "1.0.0"}};
  if (auto ok = write_json(directory, "oci-layout", version); !ok)
    return ok;
  auto entry = nlohmann::json{{"mediaType", what->media_type},
                              {"digest", "sha256:" + hex},
                              {"size", manifest->size()}};
  return write_json(directory, "index.json",
                    {{"schemaVersion", 2},
                     {"manifests", nlohmann::json::array({std::move(entry)})}});
}

} // namespace berth::worker
