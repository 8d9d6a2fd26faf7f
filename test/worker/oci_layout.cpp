#include "test/worker/oci_layout.hpp"

namespace berth::test {

namespace fs = std::filesystem;
using json = nlohmann::json;

namespace {

std::string media_type(const std::string& what) {
  return "application/vnd.oci.image." + what;
}

} // namespace

std::string sha256_of(const fs::path& file) {
  return shell("sha256sum " + file.string()).substr(0, 64);
}

oci_layout::oci_layout() {
  write_file(dir_ / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
}

void oci_layout::add_layer(const std::string& tar, bool lie) {
  auto file = temp_ / "layer";
  write_file(file, tar);
  diff_ids.push_back(lie ? std::string(64, '0') : sha256_of(file));
  shell("gzip -nf " + file.string());
  layers_.push_back(
    add_blob(read_file(temp_ / "layer.gz"), media_type("layer.v1.tar+gzip")));
}

fs::path oci_layout::finish() {
  auto ids = json::array();
  for (const auto& id : diff_ids)
    ids.push_back("sha256:" + id);
  auto machine = shell("dpkg --print-architecture");
  machine.pop_back();
  auto config = json{{"architecture", machine},
                     {"os", "linux"},
                     {"config",
                      {{"Env", {"A=b"}},
                       {"User", "me"},
                       {"Labels", {{"berth.container", "compatible"}}}}},
                     {"rootfs", {{"type", "layers"}, {"diff_ids", ids}}}};
  auto manifest
    = json{{"schemaVersion", 2},
           {"config", add_blob(config.dump(), media_type("config.v1+json"))},
           {"layers", layers_}};
  auto entry = add_blob(manifest.dump(), media_type("manifest.v1+json"));
  digest = entry["digest"];
  auto foreign = entry;
  foreign["platform"] = {{"os", "plan9"}, {"architecture", "mips"}};
  entry["annotations"] = {{"org.opencontainers.image.ref.name", "image"}};
  auto index = json{{"schemaVersion", 2}, {"manifests", {foreign, entry}}};
  write_file(dir_ / "index.json", index.dump());
  return dir_;
}

fs::path oci_layout::tar() {
  auto path = temp_ / "image.tar";
  shell("tar -C " + finish().string() + " -cf " + path.string() + " .");
  return path;
}

json oci_layout::add_blob(const std::string& bytes, const std::string& type) {
  write_file(temp_ / "blob", bytes);
  auto hex = sha256_of(temp_ / "blob");
  write_file(dir_ / ("blobs/sha256/" + hex), bytes);
  return {
    {"mediaType", type}, {"digest", "sha256:" + hex}, {"size", bytes.size()}};
}

} // namespace berth::test
