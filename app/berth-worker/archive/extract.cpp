#include "app/berth-worker/archive/extract.hpp"

#include "app/berth-worker/archive/limits.hpp"
#include "app/berth-worker/archive/tree_writer.hpp"
#include "core/content/paths.hpp"
#include "core/utf8.hpp"

#include <sys/stat.h>

namespace berth::worker {

namespace {

constexpr size_t longest_shown = 100; ///< of a name, in a message

/// Files get the modes that the archive says.
class no_umask {
public:
  no_umask() : was_(::umask(0)) {}
  no_umask(const no_umask&) = delete;
  no_umask& operator=(const no_umask&) = delete;
  ~no_umask() { ::umask(was_); }

private:
  mode_t was_;
};

/// The entry's name without "./" in front and "/" behind; empty for the root,
/// which some tools call "/".
result<std::string> inner_name(archive_entry* entry) {
  auto* raw = archive_entry_pathname(entry);
  if (raw == nullptr)
    return make_error(ec::data_loss, "archive: an entry without a name");
  auto name = std::string_view{raw};
  while (name.starts_with("./"))
    name.remove_prefix(2);
  while (name.ends_with('/') && name.size() > 1)
    name.remove_suffix(1);
  if (name.empty() || name == "." || name == "/")
    return archive_entry_filetype(entry) == AE_IFDIR
             ? result<std::string>{std::string{}}
             : make_error(ec::data_loss,
                          "archive: a root that is no directory");
  if (!is_inner_path(name, max_inner_name))
    return make_error(ec::data_loss,
                      "archive: a name that is absolute or "
                      "leads out of it: "
                        + printable(name.substr(0, longest_shown)));
  return std::string{name};
}

} // namespace

result<extract_report> extract(tar_reader& in, int root,
                               const extract_rules& rules) {
  auto bare = no_umask{};
  auto writer = tree_writer{root, rules};
  for (;;) {
    auto entry = in.next();
    if (!entry)
      return entry.error();
    if (*entry == nullptr)
      break;
    auto path = inner_name(*entry);
    if (!path)
      return path.error();
    if (rules.wanted && !rules.wanted(*path)) {
      if (archive_entry_filetype(*entry) == AE_IFREG
          && archive_entry_size(*entry) > 0)
        writer.report.left_out
          += static_cast<uint64_t>(archive_entry_size(*entry));
      continue;
    }
    if (auto ok = writer.add(in, *entry, *path); !ok)
      return ok.error();
    if (rules.on_progress)
      rules.on_progress(in.packed_bytes());
  }
  if (auto ok = writer.finish(); !ok)
    return ok.error();
  return std::move(writer.report);
}

} // namespace berth::worker
