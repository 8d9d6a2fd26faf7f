#include "app/berth-worker/git/checkout.hpp"
#include "core/hasher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string_view>
#include <vector>

namespace berth::worker {

namespace {

constexpr auto own_packs = ".git/objects/pack";
constexpr auto own_alternates = ".git/objects/info";

/// gitformat-pack(5): a pack and its index end with the SHA-1 of what is
/// before.
constexpr size_t pack_trailer_bytes = 20;
constexpr size_t copied_at_once = size_t{1} << 20;

std::string raw_bytes_of(const std::string& hex) {
  auto out = std::string{};
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

/// Copies what is in `from`, whose last bytes are its digest.
result<void> copy_checked(int from, int to) {
  auto digest = hasher{"sha1"};
  auto buffer = std::vector<char>(copied_at_once);
  auto tail = std::string{}; // what may be the trailer
  for (;;) {
    auto count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return errno_error(errno, "read", "a pack");
    if (count == 0)
      break;
    auto bytes = std::string_view{buffer.data(), static_cast<size_t>(count)};
    if (auto ok = write_all(to, bytes, "a pack"); !ok)
      return ok;
    if (bytes.size() >= pack_trailer_bytes) {
      digest.add(tail);
      digest.add(bytes.substr(0, bytes.size() - pack_trailer_bytes));
      tail = bytes.substr(bytes.size() - pack_trailer_bytes);
    } else {
      tail += bytes;
      auto surplus
        = std::max(tail.size(), pack_trailer_bytes) - pack_trailer_bytes;
      digest.add(std::string_view{tail}.substr(0, surplus));
      tail.erase(0, surplus);
    }
  }
  if (tail != raw_bytes_of(digest.finish()))
    return make_error(ec::data_loss, "a pack of the mirror is damaged");
  return {};
}

bool is_pack_file(std::string_view name) {
  return name.starts_with("pack-")
         && (name.ends_with(".pack") || name.ends_with(".idx"));
}

result<void> copy_pack(int from, int to, const std::string& name,
                       identity owner) {
  auto source = open_beneath(from, name, O_RDONLY);
  if (!source)
    return source.error();
  auto copy = open_beneath(to, name, O_WRONLY | O_CREAT | O_EXCL, 0444);
  if (!copy && is_errno(copy.error(), EEXIST))
    return {};
  if (!copy)
    return copy.error();
  if (auto ok = copy_checked(source->get(), copy->get()); !ok)
    return ok;
  if (::fchown(copy->get(), owner.uid, owner.gid) < 0
      || ::fdatasync(copy->get()) < 0)
    return errno_error(errno, "fdatasync", name);
  return {};
}

} // namespace

result<void> copy_borrowed_objects(const checkout& at) {
  auto source = open_directory(at.mirror + "/objects/pack");
  if (!source)
    return source.error();
  auto packs = open_beneath(at.directory, own_packs, O_RDONLY | O_DIRECTORY);
  if (!packs)
    return packs.error();
  auto names = names_in(source->get());
  if (!names)
    return names.error();
  // "pack-x.idx" after "pack-x.pack": an index without its pack is an error.
  std::ranges::sort(*names, std::greater{});
  for (const auto& name : *names)
    if (is_pack_file(name))
      if (auto ok = copy_pack(source->get(), packs->get(), name, at.git.user());
          !ok)
        return ok;
  auto info
    = open_beneath(at.directory, own_alternates, O_RDONLY | O_DIRECTORY);
  if (!info)
    return info.error();
  if (::unlinkat(info->get(), "alternates", 0) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", "alternates");
  return {};
}

} // namespace berth::worker
