#include "app/berth-worker/archive/extract.hpp"
#include "app/berth-worker/beneath.hpp"
#include "test/fuzz/in_memory.hpp"
#include "test/fuzz/targets.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace berth::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr size_t block_bytes = 512;
constexpr size_t checksum_at = 148, checksum_bytes = 8, magic_at = 257;

const auto root_dir = fs::path{private_directory} / "root";
const auto canary = fs::path{private_directory} / "canary";

/// Every header gets the checksum that it has to have, or nothing behind it
/// would ever be read.
std::string with_checksums(std::string_view input) {
  auto text = std::string{input};
  for (size_t at = 0; at + block_bytes <= text.size(); at += block_bytes) {
    if (text.compare(at + magic_at, 5, "ustar") != 0)
      continue;
    text.replace(at + checksum_at, checksum_bytes, checksum_bytes, ' ');
    auto sum = 0u;
    for (size_t i = 0; i < block_bytes; ++i)
      sum += static_cast<unsigned char>(text[at + i]);
    char digits[16];
    std::snprintf(digits, sizeof(digits), "%06o", sum);
    text.replace(at + checksum_at, 7, digits, 7);
  }
  return text;
}

bool is_allowed(const fs::path& path, bool layer) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0)
    return false;
  if (st.st_uid > 65535 || st.st_gid > 65535)
    return false;
  if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
    return layer || (st.st_mode & 07000) == 0;
  if (S_ISLNK(st.st_mode))
    return true;
  return layer
         && (S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == 0));
}

void check_tree(bool layer) {
  for (const auto& entry : fs::recursive_directory_iterator{root_dir})
    require(is_allowed(entry.path(), layer),
            "nothing comes out that has no place in a workspace");
  auto text = std::string{};
  std::ifstream{canary} >> text;
  require(text == "alive"
            && std::distance(fs::directory_iterator{private_directory}, {})
                 == 2,
          "nothing is written beside the root");
}

void try_rules(int file, bool layer) {
  auto root = worker::open_directory(root_dir);
  require(root.engaged(), "the root is there");
  auto limits = worker::tar_limits{};
  limits.entries = 1000;
  limits.end_marker = !layer;
  auto reader = worker::tar_reader{file, limits};
  auto rules = worker::extract_rules{};
  rules.layer = layer;
  auto report = worker::extract(reader, root->get(), rules);
  if (report)
    (void)reader.finish({});
  check_tree(layer);
  require(static_cast<bool>(worker::empty_directory(root->get())),
          "the tree can be removed");
}

void try_archive(std::string_view input) {
  auto file = in_memory(with_checksums(input));
  try_rules(file.get(), !input.empty() && input.front() % 2 == 0);
}

void make_root() {
  make_private_directory();
  ::umask(0);
  fs::create_directory(root_dir);
  std::ofstream{canary} << "alive";
}

} // namespace

const target archives{"archives", try_archive, make_root};

} // namespace berth::fuzz
