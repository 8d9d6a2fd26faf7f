#include "app/berth-worker/build/export.hpp"

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/layout.hpp"
#include "app/berth-worker/image/plain_layout.hpp"

#include <fcntl.h>

#include <algorithm>

namespace berth::worker {

namespace {

constexpr size_t longest_note = 1024;
constexpr auto note_name = "berth-exported";

std::string read_note(int directory, const char* name) {
  auto file = open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
  auto text = file ? read_text(file->get(), name, longest_note, "too long")
                   : result<std::string>{file.error()};
  return text ? std::move(*text) : std::string{};
}

/// What the store says of the result `id`; empty if that was not the last one.
std::string known_digest(int storage, const std::string& id) {
  auto note = read_note(storage, note_name);
  return !id.empty() && note.starts_with(id + " ") ? note.substr(id.size() + 1)
                                                   : std::string{};
}

/// As it is in the store: to compress layers that are unpacked next on this
/// machine is for nothing, and only the transport `dir:` lets them be.
result<void> export_plain(const buildah& from, const build_image_job& job) {
  auto pushed
    = from.ask({"push", "--quiet", "--format", "oci", "--disable-compression",
                built_name, "dir:" + job.out});
  if (!pushed)
    return pushed.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  return make_layout(out->get());
}

result<void> export_compressed(const buildah& from,
                               const build_image_job& job) {
  auto pushed = from.ask({"push", "--quiet", "--disable-compression=false",
                          built_name, "oci:" + job.out + ":image"});
  if (!pushed)
    return pushed.error();
  return {};
}

} // namespace

std::string id_file(const build_image_job& job) {
  return job.scratch + "/image-id";
}

result<image_outcome> export_image(const buildah& from,
                                   const build_image_job& job) {
  auto storage = open_directory(job.storage);
  if (!storage)
    return storage.error();
  auto scratch = open_directory(job.scratch);
  if (!scratch)
    return scratch.error();
  auto id = read_note(scratch->get(), "image-id");
  if (auto known = known_digest(storage->get(), id);
      std::find(job.have.begin(), job.have.end(), known) != job.have.end())
    return image_outcome{std::move(known), true};
  auto exported
    = job.compress ? export_compressed(from, job) : export_plain(from, job);
  if (!exported)
    return exported.error();
  auto layout = open_directory(job.out);
  if (!layout)
    return layout.error();
  auto image = read_layout(layout->get());
  if (!image)
    return image.error();
  // Without it the next build only takes longer.
  static_cast<void>(
    write_text(job.storage + "/" + note_name, id + " " + image->digest));
  return image_outcome{std::move(image->digest)};
}

} // namespace berth::worker
