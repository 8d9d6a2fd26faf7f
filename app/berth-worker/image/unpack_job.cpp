#include "app/berth-worker/archive/extract.hpp"
#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/unpack.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/content/digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>

namespace berth::worker {

namespace {

constexpr auto scratch = ".layout";

/// What an OCI layout has at its top, or docker-save(1) beside it.
bool is_layout_name(std::string_view top) {
  constexpr std::array<std::string_view, 7> known{
    "oci-layout",    "index.json",   "blobs", "ingest",
    "manifest.json", "repositories", ""};
  return std::find(known.begin(), known.end(), top) != known.end();
}

/// What docker-save(1) and who imitates it write without one, as
/// `DIGEST.json`, `DIGEST.tar` or `DIGEST/...`.
bool is_docker_name(std::string_view top) {
  for (auto suffix : {".json", ".tar"})
    if (top.ends_with(suffix))
      top.remove_suffix(std::string_view{suffix}.size());
  return is_hex(top, 64);
}

/// Reads names until one decides.
result<bool> is_layout(int fd) {
  auto in = tar_reader{fd, tar_limits{}};
  auto seen = std::set<std::string>{};
  for (;;) {
    auto entry = in.next();
    if (!entry)
      return entry.error();
    auto* raw = *entry ? archive_entry_pathname(*entry) : nullptr;
    if (*entry == nullptr || raw == nullptr)
      break;
    auto name = std::string_view{raw};
    while (name.starts_with("./"))
      name.remove_prefix(2);
    auto top = name == "." ? "" : name.substr(0, name.find('/'));
    if (is_layout_name(top))
      seen.emplace(top);
    else if (!is_docker_name(top))
      return false;
  }
  if (seen.contains("oci-layout") && seen.contains("index.json"))
    return true;
  if (seen.contains("manifest.json") || seen.contains("repositories"))
    return make_error(ec::invalid_argument,
                      "image: an archive of docker-save(1) without an OCI "
                      "layout; `skopeo copy docker-archive:FILE "
                      "oci-archive:OTHER` makes one");
  return false;
}

/// Something that can be read twice: `fd` itself, or a copy of what it streams.
result<sys::fd> seekable(int fd, const std::string& directory) {
  if (::lseek(fd, 0, SEEK_SET) == 0) {
    auto same = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (same < 0)
      return errno_error(errno, "fcntl", "archive");
    return sys::fd{same};
  }
  auto copy
    = sys::fd{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!copy)
    return errno_error(errno, "open(O_TMPFILE)", directory);
  auto in = raw_input{fd};
  for (;;) {
    auto piece = in.next();
    if (!piece)
      return piece.error();
    if (piece->empty())
      return copy;
    if (auto ok = write_all(copy.get(), *piece, "copy of the archive"); !ok)
      return ok.error();
  }
}

bool belongs_to_layout(const std::string& path) {
  constexpr std::string_view blobs = "blobs/sha256/";
  return path == "index.json"
         || (path.starts_with(blobs) && is_hex(path.substr(blobs.size()), 64));
}

result<unpack_outcome> unpack_layout_tar(int fd, int out) {
  auto dir = make_directories(out, scratch, 0700, {});
  if (!dir)
    return dir.error();
  auto in = tar_reader{fd, tar_limits{}};
  auto rules = extract_rules{};
  rules.wanted = belongs_to_layout;
  rules.on_progress = [](uint64_t done) {
    report({"unpack", "reading the archive", done, 0});
  };
  auto extracted = extract(in, dir->get(), rules);
  if (!extracted)
    return extracted.error();
  if (auto ok = in.finish({}); !ok)
    return ok.error();
  auto outcome = unpack_layout(dir->get(), out, {});
  if (auto ok = empty_directory(dir->get()); !ok && outcome)
    return ok.error();
  ::unlinkat(out, scratch, AT_REMOVEDIR);
  return outcome;
}

} // namespace

result<worker_outcome> run(const unpack_job& job) {
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  if (!job.layout.empty()) {
    auto layout = open_directory(job.layout);
    if (!layout)
      return layout.error();
    auto unpacked = unpack_layout(layout->get(), out->get(),
                                  {job.have.begin(), job.have.end()});
    if (!unpacked)
      return unpacked.error();
    return std::move(*unpacked);
  }
  auto archive = seekable(job.in_fd, job.out);
  if (!archive)
    return archive.error();
  auto layout = is_layout(archive->get());
  if (!layout)
    return layout.error();
  auto done = *layout ? unpack_layout_tar(archive->get(), out->get())
                      : unpack_rootfs(archive->get(), out->get());
  if (!done)
    return done.error();
  return std::move(*done);
}

} // namespace berth::worker
