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

/// In Docker's format, which knows SHELL, ONBUILD and HEALTHCHECK, and by the
/// transport `dir:`: the other one of a directory knows OCI's alone, and
/// compresses layers that are unpacked on this machine next, too.
result<void> make_image(const buildah& from, const build_image_job& job) {
  auto compress = job.compress ? "false" : "true";
  auto pushed = from.ask({"push", "--quiet", "--format", "v2s2",
                          std::string{"--disable-compression="} + compress,
                          built_name, "dir:" + job.out});
  if (!pushed)
    return pushed.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  return make_layout(out->get());
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
  if (auto made = make_image(from, job); !made)
    return made.error();
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
