#include "app/berth-worker/content/legacy_layout.hpp"

#include "app/berth-worker/beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::worker {

namespace {

/// What is in the directory may have its name.
constexpr auto aside = ".berth-legacy";

bool is_all_in(int root, const std::string& name) {
  struct stat st {};
  if (name.empty()
      || ::fstatat(root, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISDIR(st.st_mode))
    return false;
  auto names = names_in(root);
  return names && names->size() == 1;
}

} // namespace

result<void> lift_legacy_layout(int root, const std::string& meta_id) {
  if (!is_all_in(root, meta_id))
    return {};
  if (auto ok = rename_beneath(root, meta_id, root, aside); !ok)
    return ok;
  auto dir = open_beneath(root, aside, O_RDONLY | O_DIRECTORY);
  if (!dir)
    return dir.error();
  auto names = names_in(dir->get());
  if (!names)
    return names.error();
  for (const auto& name : *names)
    if (auto ok = rename_beneath(dir->get(), name, root, name); !ok)
      return ok;
  if (::unlinkat(root, aside, AT_REMOVEDIR) < 0)
    return errno_error(errno, "unlinkat", aside);
  return {};
}

} // namespace berth::worker
