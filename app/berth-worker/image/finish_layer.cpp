#include "app/berth-worker/image/finish_layer.hpp"

#include "core/hasher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace berth::worker {

namespace {

using kind = merged_view::kind;

constexpr std::string_view user_id = "33333";

struct wanted {
  std::string_view path;
  mode_t mode;
  uint32_t owner;
};

constexpr std::array directories{
  wanted{"workspace", 0755, 0}, wanted{".workspace", 0755, 0},
  wanted{".berth", 0755, 0},    wanted{"proc", 0555, 0},
  wanted{"sys", 0555, 0},       wanted{"dev", 0755, 0},
  wanted{"tmp", 01777, 0},      wanted{"etc", 0755, 0},
};
constexpr std::array<std::string_view, 3> empty_files{
  "etc/hosts", "etc/hostname", "etc/resolv.conf"};
constexpr std::array<std::string_view, 10> looked_at{
  "etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/passwd",
  "etc/group", "home",         "home/gitpod",     "bin",
  "bin/bash",  "usr/bin/bash"};

struct item {
  std::string path;
  mode_t mode = 0;
  uint32_t owner = 0;
  std::string text; ///< of a file
};

/// Field `n` of one line of passwd(5) or group(5).
std::string_view field(std::string_view line, int n) {
  for (; n > 0; --n) {
    auto colon = line.find(':');
    if (colon == line.npos)
      return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

bool has_id(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find('\n', begin), text.size());
    if (field(text.substr(begin, end - begin), 2) == user_id)
      return true;
    begin = end + 1;
  }
  return false;
}

std::string with_line(std::string text, std::string_view line) {
  if (!text.empty() && text.back() != '\n')
    text += '\n';
  return text.append(line).append("\n");
}

/// Collects what is missing.
class finisher {
public:
  explicit finisher(const merged_view& image) : image_(image) {}

  result<std::vector<item>> items();

private:
  result<void> add_directories();
  result<void> add_accounts();
  void add_home();

  const merged_view& image_;
  std::vector<item> items_;
};

result<void> finisher::add_directories() {
  for (const auto& dir : directories) {
    auto path = std::string{dir.path};
    switch (image_.at(path)) {
      case kind::directory: break;
      case kind::absent:
        items_.push_back({path, S_IFDIR | dir.mode, 0, {}});
        break;
      default:
        return make_error(ec::failed_precondition,
                          "image: /" + path + " is no directory");
    }
  }
  for (auto file : empty_files)
    if (auto path = std::string{file}; image_.at(path) != kind::file)
      items_.push_back({path, S_IFREG | 0644, 0, {}});
  return {};
}

result<void> finisher::add_accounts() {
  auto passwd = image_.read("etc/passwd");
  if (!passwd)
    return passwd.error();
  auto group = image_.read("etc/group");
  if (!group)
    return group.error();
  auto has_bash = image_.at("bin/bash") == kind::file
                  || image_.at("usr/bin/bash") == kind::file;
  auto shell = std::string{has_bash ? "/bin/bash" : "/bin/sh"};
  auto root = "root:x:0:0:root:/root:" + shell;
  if (!has_id(*passwd))
    items_.push_back(
      {"etc/passwd", S_IFREG | 0644, 0,
       with_line(passwd->empty() ? with_line({}, root) : *passwd,
                 "gitpod:x:33333:33333:gitpod:/home/gitpod:" + shell)});
  if (!has_id(*group))
    items_.push_back(
      {"etc/group", S_IFREG | 0644, 0,
       with_line(group->empty() ? with_line({}, "root:x:0:") : *group,
                 "gitpod:x:33333:")});
  return {};
}

void finisher::add_home() {
  if (image_.at("home") == kind::absent)
    items_.push_back({"home", S_IFDIR | 0755, 0, {}});
  else if (image_.at("home") != kind::directory)
    return; // it leads elsewhere, and so does the user's
  if (image_.at("home/gitpod") == kind::absent)
    items_.push_back({"home/gitpod", S_IFDIR | 0755, 33333, {}});
}

result<std::vector<item>> finisher::items() {
  if (auto ok = add_directories(); !ok)
    return ok.error();
  if (auto ok = add_accounts(); !ok)
    return ok.error();
  add_home();
  return std::move(items_);
}

std::string fingerprint(const std::vector<item>& items) {
  auto text = std::string{"1\n"};
  for (const auto& one : items)
    text += one.path + "\n" + std::to_string(one.mode) + " "
            + std::to_string(one.owner) + " " + std::to_string(one.text.size())
            + "\n" + one.text;
  return sha256_hex(text);
}

result<void> put(int layer, const item& what) {
  auto at = split(what.path);
  auto parent = make_directories(layer, at.parent, 0755, {});
  if (!parent)
    return parent.error();
  if (S_ISDIR(what.mode)) {
    auto made = make_directories(parent->get(), at.name, what.mode & 07777,
                                 {what.owner, what.owner});
    return made ? result<void>{} : made.error();
  }
  auto file = open_beneath(parent->get(), at.name, O_CREAT | O_EXCL | O_WRONLY,
                           what.mode & 0777);
  if (!file)
    return file.error();
  if (auto ok = write_all(file->get(), what.text, what.path); !ok)
    return ok;
  if (::fchmod(file->get(), what.mode & 0777) < 0)
    return errno_error(errno, "fchmod", what.path);
  return {};
}

} // namespace

bool concerns_finish_layer(const std::string& path) {
  auto at = split(path);
  // Something that takes a name away concerns it as much.
  constexpr std::string_view whiteout = ".wh.";
  if (at.name == ".wh..wh..opq")
    return at.parent.empty() || concerns_finish_layer(at.parent);
  if (at.name.starts_with(whiteout))
    at.name.erase(0, whiteout.size());
  auto name = at.parent.empty() ? at.name : at.parent + "/" + at.name;
  if (name == "usr" || name == "usr/bin")
    return true;
  return std::any_of(directories.begin(), directories.end(),
                     [&](const auto& dir) { return dir.path == name; })
         || std::find(looked_at.begin(), looked_at.end(), name)
              != looked_at.end();
}

result<unpacked_layer> make_finish_layer(const merged_view& image, int out) {
  auto items = finisher{image}.items();
  if (!items)
    return items.error();
  auto layer = unpacked_layer{"finish-" + fingerprint(*items), 0, {}};
  auto dir = make_directories(out, layer.directory, 0755, {});
  if (!dir)
    return dir.error();
  for (const auto& one : *items) {
    if (auto ok = put(dir->get(), one); !ok)
      return ok.error();
    layer.bytes += one.text.size();
  }
  return layer;
}

} // namespace berth::worker
