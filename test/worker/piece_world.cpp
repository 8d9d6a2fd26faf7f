#include "test/worker/piece_world.hpp"

#include "core/hasher.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <list>
#include <map>

namespace berth::test {

namespace fs = std::filesystem;

namespace {

std::string xattrs_of(const fs::path& path) {
  auto names = std::array<char, 4096>{};
  auto size = ::llistxattr(path.c_str(), names.data(), names.size());
  auto out = std::string{};
  for (ssize_t at = 0; at < size;) {
    auto name = std::string{names.data() + at};
    at += static_cast<ssize_t>(name.size()) + 1;
    auto value = std::array<char, 4096>{};
    auto n
      = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (name.starts_with("user.") && n >= 0)
      out += " " + name + "=" + std::string{value.data(), size_t(n)};
  }
  return out;
}

std::string line_of(const fs::path& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) < 0)
    return "gone";
  auto out = std::to_string(st.st_mode) + " " + std::to_string(st.st_uid) + ":"
             + std::to_string(st.st_gid) + " "
             + std::to_string(st.st_mtim.tv_sec) + "."
             + std::to_string(st.st_mtim.tv_nsec);
  if (S_ISLNK(st.st_mode))
    return out + " -> " + fs::read_symlink(path).string();
  if (S_ISREG(st.st_mode))
    out += " x" + std::to_string(st.st_nlink) + " " + std::to_string(st.st_size)
           + " " + sha256_hex(read_file(path));
  return out + xattrs_of(path);
}

} // namespace

std::string tree_text(const fs::path& root) {
  auto lines = std::map<std::string, std::string>{};
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    auto name = entry.path().lexically_relative(root).string();
    if (!name.starts_with(".gitpod"))
      lines[name] = line_of(entry.path());
  }
  auto out = std::string{};
  for (const auto& [name, line] : lines)
    out += name + " " + line + "\n";
  return out;
}

piece_world::piece_world() : source(dir.make("source")), index(dir / "index") {
  write_file(index, "");
}

const piece_world::object&
piece_world::back_up(std::optional<int64_t> settled_before) {
  auto number = std::to_string(objects.size());
  auto fresh = object{dir / ("object-" + number), {}, {}};
  auto known = inherited_file::read(index);
  auto next = inherited_file::create(dir / "index.new");
  auto out = inherited_file::create(fresh.path);
  auto wanted = pieces_wanted{};
  wanted.new_index_fd = next.get();
  wanted.is_view = is_view;
  wanted.settled_before
    = settled_before.value_or(std::numeric_limits<int64_t>::max());
  auto candidates = std::vector<size_t>{};
  if (fs::file_size(index) > 0) {
    wanted.index_fd = known.get();
    wanted.sha256 = objects.back().made.sha256;
    candidates = objects.back().needs;
    candidates.push_back(objects.size() - 1);
    for (auto each : candidates)
      wanted.objects.push_back(objects[each].made.bytes);
  }
  auto job = archive_job{source, out.get(), {}};
  job.pieces = wanted;
  fresh.made = run_ok<archive_outcome>(job);
  for (auto position : fresh.made.needs)
    fresh.needs.push_back(candidates.at(position));
  auto in = inherited_file::read(fresh.path);
  auto check = verify_job{{in.get(), 0, ""}};
  check.pieces = true;
  check.is_partial = wanted.index_fd >= 0;
  check.index_fd = wanted.index_fd;
  auto checked = run_ok<verify_outcome>(check);
  if (checked.sha256 != fresh.made.sha256 || checked.bytes != fresh.made.bytes
      || checked.entries != fresh.made.entries
      || checked.needs != fresh.made.needs)
    throw std::runtime_error("an archive is not what was written");
  fs::rename(dir / "index.new", index);
  objects.push_back(fresh);
  return objects.back();
}

worker_run piece_world::restore(size_t which, const fs::path& to) {
  const auto& what = objects.at(which);
  auto next = inherited_file::create(dir / "index.new");
  auto open = std::list<inherited_file>{};
  auto source_of = [&](size_t each) {
    open.push_back(inherited_file::read(objects.at(each).path));
    return object_source{open.back().get(), objects.at(each).made.bytes, ""};
  };
  fs::create_directories(to);
  auto job = initialize_job{};
  job.destination = to;
  job.backup = source_of(which);
  job.backup->sha256 = what.made.sha256;
  for (auto each : what.needs)
    job.backup->parts.push_back(source_of(each));
  job.index_fd = next.get();
  auto run = run_worker(job);
  if (run.outcome && which + 1 == objects.size())
    fs::rename(dir / "index.new", index);
  return run;
}

std::string piece_world::restored(size_t which) {
  auto to = dir / ("restored-" + std::to_string(++made_));
  auto run = restore(which, to);
  if (!run.outcome)
    return run.why();
  auto text = tree_text(to);
  fs::remove_all(to);
  return text;
}

void piece_world::move_to_restored() {
  auto to = dir / ("content-" + std::to_string(++made_));
  auto run = restore(objects.size() - 1, to);
  if (!run.outcome)
    throw std::runtime_error(run.why());
  fs::remove_all(source);
  source = to;
}

void await_tick(const fs::path& in) {
  auto time_of_new = [&] {
    write_file(in / "tick", "x");
    struct stat st {};
    ::stat((in / "tick").c_str(), &st);
    fs::remove(in / "tick");
    return std::pair{st.st_ctim.tv_sec, st.st_ctim.tv_nsec};
  };
  auto before = time_of_new();
  while (time_of_new() == before) {
  }
}

} // namespace berth::test
