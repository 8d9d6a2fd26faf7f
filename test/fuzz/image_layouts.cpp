#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/layout.hpp"
#include "core/content/digest.hpp"
#include "core/hasher.hpp"
#include "test/fuzz/targets.hpp"

#include <sys/stat.h>

#include <fstream>
#include <string>

namespace berth::fuzz {

namespace {

const auto layout_dir = std::string{private_directory};
const auto blob_dir = layout_dir + "/blobs/sha256/";

void write_document(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

void replace_all(std::string& text, std::string_view what,
                 const std::string& with) {
  for (auto at = text.find(what); at != text.npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// Writes a blob; its digest in hex.
std::string add_blob(const std::string& text) {
  auto hex = sha256_hex(text);
  write_document(blob_dir + hex, text);
  return hex;
}

/// An input is index.json, a manifest and a config, with `---` between. The
/// digests of the last two stand as MANIFEST and CONFIG in those before: no
/// fuzzer would guess them.
void try_layout(std::string_view input) {
  constexpr std::string_view mark = "\n---\n";
  auto [index_text, rest] = split(input, mark);
  auto [manifest_text, config] = split(rest, mark);
  auto config_hex = add_blob(std::string{config});
  auto manifest = std::string{manifest_text};
  replace_all(manifest, "CONFIG", config_hex);
  auto manifest_hex = add_blob(manifest);
  auto index = std::string{index_text};
  replace_all(index, "MANIFEST", manifest_hex);
  write_document(layout_dir + "/index.json", index);
  auto dir = worker::open_directory(layout_dir);
  require(dir.engaged(), "the layout is there");
  if (auto image = worker::read_layout(dir->get())) {
    require(image->digest == "sha256:" + manifest_hex,
            "an image is known by the digest of its manifest");
    require(image->layers.size() <= 127, "an image has so many layers at most");
    for (const auto& layer : image->layers)
      require(is_hex(layer.digest_hex, 64) && is_hex(layer.diff_id_hex, 64),
              "a layer's names can stand in paths");
  }
  ::unlink((blob_dir + config_hex).c_str());
  ::unlink((blob_dir + manifest_hex).c_str());
}

void make_layout() {
  make_private_directory();
  ::mkdir((layout_dir + "/blobs").c_str(), 0700);
  ::mkdir(blob_dir.c_str(), 0700);
}

} // namespace

const target image_layouts{"image_layouts", try_layout, make_layout};

} // namespace berth::fuzz
