#include "app/berth-worker/image/unpack.hpp"

#include "app/berth-worker/archive/extract.hpp"
#include "app/berth-worker/image/finish_layer.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/hasher.hpp"
#include "core/json_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

namespace berth::worker {

namespace {

constexpr mode_t root_mode = 0755;

/// A directory below `out` that is gone when this is.
class scratch_directory {
public:
  static result<scratch_directory> make(int out, std::string name) {
    auto dir = make_directories(out, name, root_mode, {});
    if (!dir)
      return dir.error();
    return scratch_directory{out, std::move(name), std::move(*dir)};
  }
  scratch_directory(scratch_directory&&) = default;
  scratch_directory& operator=(scratch_directory&&) = delete;
  ~scratch_directory() {
    if (!dir_)
      return;
    static_cast<void>(empty_directory(dir_.get()));
    ::unlinkat(out_, name_.c_str(), AT_REMOVEDIR);
  }
  int get() const { return dir_.get(); }

private:
  scratch_directory(int out, std::string name, sys::fd dir)
    : out_(out), name_(std::move(name)), dir_(std::move(dir)) {}

  int out_;
  std::string name_;
  sys::fd dir_;
};

struct unpacked {
  unpacked_layer layer;
  std::string diff_id_hex;
};

/// One tar into one directory.
result<unpacked> unpack_tar(int fd, const object_source& known, int into,
                            extract_rules rules, const std::string& text) {
  auto limits = tar_limits{};
  limits.hash_unpacked = true;
  limits.end_marker = known.sha256.empty();
  auto in = tar_reader{fd, limits};
  rules.layer = true;
  rules.on_progress = [&](uint64_t done) {
    report({"unpack", text, done, known.bytes});
  };
  auto done = extract(in, into, rules);
  if (!done)
    return done.error();
  if (auto ok = in.finish(known); !ok)
    return ok.error();
  // Left out is only what the node has already.
  return unpacked{{{}, done->bytes + done->left_out, std::move(done->opaque)},
                  in.unpacked_sha256()};
}

caf::error other_diff_id() {
  return make_error(ec::data_loss, "image: a layer has another diff id");
}

result<void> verify_layer(int layout, const layer_blob& blob) {
  auto raw = open_blob(layout, blob.digest_hex);
  if (!raw)
    return raw.error();
  auto fd = sys::fd{*raw};
  auto limits = tar_limits{};
  limits.hash_unpacked = true;
  auto in = tar_reader{fd.get(), limits};
  for (;;) {
    auto entry = in.next();
    if (!entry)
      return entry.error();
    if (*entry == nullptr)
      break;
  }
  if (auto ok = in.finish({fd.get(), blob.bytes, blob.digest_hex}); !ok)
    return ok;
  return in.unpacked_sha256() == blob.diff_id_hex
           ? result<void>{}
           : result<void>{other_diff_id()};
}

/// The layers of one image, on their way to the disk.
class layout_unpacker {
public:
  layout_unpacker(int layout, int out, const std::set<std::string>& have)
    : layout_(layout), out_(out), have_(have) {}

  result<unpack_outcome> run();

private:
  result<void> add(const layer_blob&, const std::string& text);
  result<unpacked> unpack_into(int dir, const layer_blob&, extract_rules,
                               const std::string& text);

  int layout_;
  int out_;
  const std::set<std::string>& have_;
  std::vector<unpacked_layer> layers_; ///< top-most first
  std::vector<layer_view> views_;
  std::vector<sys::fd> directories_;
  std::vector<scratch_directory> scratch_;
};

result<unpacked> layout_unpacker::unpack_into(int dir, const layer_blob& blob,
                                              extract_rules rules,
                                              const std::string& text) {
  auto raw = open_blob(layout_, blob.digest_hex);
  if (!raw)
    return raw.error();
  auto fd = sys::fd{*raw};
  auto known = object_source{fd.get(), blob.bytes, blob.digest_hex};
  auto done = unpack_tar(fd.get(), known, dir, std::move(rules), text);
  if (done && done->diff_id_hex != blob.diff_id_hex)
    return other_diff_id();
  return done;
}

result<void> layout_unpacker::add(const layer_blob& blob,
                                  const std::string& text) {
  auto dir = -1;
  auto rules = extract_rules{};
  if (have_.count(blob.diff_id_hex) != 0) {
    // It is on the disk, where we cannot look; of what the finish layer asks
    // about, we make a second copy.
    auto made = scratch_directory::make(out_, ".have-" + blob.diff_id_hex);
    if (!made)
      return made.error();
    scratch_.push_back(std::move(*made));
    dir = scratch_.back().get();
    rules.wanted = concerns_finish_layer;
  } else {
    auto made = make_directories(out_, blob.diff_id_hex, root_mode, {});
    if (!made)
      return made.error();
    directories_.push_back(std::move(*made));
    dir = directories_.back().get();
  }
  auto done = unpack_into(dir, blob, std::move(rules), text);
  if (!done)
    return done.error();
  done->layer.directory = blob.diff_id_hex;
  auto& opaque = done->layer.opaque;
  views_.push_back({dir, {opaque.begin(), opaque.end()}});
  layers_.push_back(std::move(done->layer));
  return {};
}

result<unpack_outcome> layout_unpacker::run() {
  auto image = read_layout(layout_);
  if (!image)
    return image.error();
  auto seen = std::set<std::string>{};
  auto count = std::to_string(image->layers.size());
  for (auto blob = image->layers.rbegin(); blob != image->layers.rend();
       ++blob) {
    // An overlay takes no directory twice; what the upper one of two equal
    // layers has hides all of the lower one.
    if (!seen.insert(blob->diff_id_hex).second)
      continue;
    auto text = "layer " + std::to_string(seen.size()) + " of " + count;
    if (auto ok = add(*blob, text); !ok)
      return ok.error();
  }
  auto finish = make_finish_layer(merged_view{std::move(views_)}, out_);
  if (!finish)
    return finish.error();
  layers_.insert(layers_.begin(), std::move(*finish));
  return unpack_outcome{image->digest, std::move(layers_), image->config};
}

/// What the manifest of such an image would be, were there one.
std::string synthetic_digest(const std::string& diff_id) {
  auto config = nlohmann::json{
    {"config", nlohmann::json::object()},
    {"rootfs", {{"type", "layers"}, {"diff_ids", {"sha256:" + diff_id}}}}};
  return "sha256:" + sha256_hex(print_json(config));
}

} // namespace

result<void> verify_layers(int layout, const image_description& image) {
  for (const auto& layer : image.layers)
    if (auto ok = verify_layer(layout, layer); !ok)
      return ok;
  return {};
}

result<unpack_outcome> unpack_layout(int layout, int out,
                                     const std::set<std::string>& have) {
  return layout_unpacker{layout, out, have}.run();
}

result<unpack_outcome> unpack_rootfs(int archive_fd, int out) {
  constexpr auto temporary = ".rootfs";
  auto dir = make_directories(out, temporary, root_mode, {});
  if (!dir)
    return dir.error();
  auto done = unpack_tar(archive_fd, {archive_fd, 0, {}}, dir->get(), {},
                         "root file system");
  if (!done)
    return done.error();
  auto& layer = done->layer;
  layer.directory = done->diff_id_hex;
  if (::renameat2(out, temporary, out, layer.directory.c_str(),
                  RENAME_NOREPLACE)
      < 0)
    return errno_error(errno, "renameat2", layer.directory);
  auto view
    = layer_view{dir->get(), {layer.opaque.begin(), layer.opaque.end()}};
  auto finish = make_finish_layer(merged_view{{std::move(view)}}, out);
  if (!finish)
    return finish.error();
  auto digest = synthetic_digest(layer.directory);
  return unpack_outcome{
    std::move(digest), {std::move(*finish), std::move(layer)}, {}};
}

} // namespace berth::worker
