#include "core/objects/storage_mark.hpp"

#include "core/token.hpp"
#include "sys/file.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>

namespace berth {

namespace {

constexpr size_t longest_storage_mark = 8192; ///< a path and an id

/// Its text; nothing if there is no such file.
result<std::string> text_of(const std::filesystem::path& path) {
  auto text = sys::read_file(path, longest_storage_mark);
  if (!text && is_errno(text.error(), ENOENT))
    return std::string{};
  return text;
}

} // namespace

result<void> storage_mark::check() const {
  if (known_.empty())
    return {};
  auto known = text_of(known_);
  auto here = text_of(mark());
  if (!known || !here)
    return known ? here.error() : known.error();
  auto prefix = root_.native() + "\n";
  if (!known->starts_with(prefix))
    return remember(*here);
  if (known->substr(prefix.size()) == *here)
    return {};
  return make_error(ec::unavailable,
                    "the storage is not the one that was there before; is its "
                    "file system mounted?");
}

/// Another node may be doing the same: the first one's stays.
result<std::string> storage_mark::make() const {
  if (auto made = sys::make_directories(root_, 0700); !made)
    return made.error();
  auto id = make_uuid();
  auto fresh = mark() += "." + id;
  if (auto written = sys::replace_file(fresh, id, 0600); !written)
    return written.error();
  auto linked = ::link(fresh.c_str(), mark().c_str()) == 0 || errno == EEXIST;
  auto err = errno;
  ::unlink(fresh.c_str());
  if (!linked)
    return errno_error(err, "link", mark().native());
  if (auto synced = sys::sync_directory(root_); !synced)
    return synced.error();
  return text_of(mark());
}

result<void> storage_mark::remember(const std::string& id) const {
  auto chosen = id.empty() ? make() : result<std::string>{id};
  if (!chosen)
    return chosen.error();
  if (auto made = sys::make_directories(known_.parent_path(), 0700); !made)
    return made;
  return sys::replace_file(known_, root_.native() + "\n" + *chosen, 0600);
}

} // namespace berth
