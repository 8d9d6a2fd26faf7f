#include "test/worker/access_lists.hpp"
#include "test/worker/worker_process.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <map>
#include <thread>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

struct archived {
  archive_outcome outcome;
  fs::path path;
};

archived archive(const fs::path& source, const fs::path& to,
                 std::optional<std::string> checkout = {}) {
  auto file = inherited_file::create(to);
  return {run_ok<archive_outcome>(
            archive_job{source, file.get(), std::move(checkout)}),
          to};
}

worker_run restore(const archived& from, const fs::path& to) {
  auto file = inherited_file::read(from.path);
  auto job = initialize_job{};
  job.destination = to;
  job.backup
    = object_source{file.get(), from.outcome.bytes, from.outcome.sha256};
  return run_worker(job);
}

/// Everything about every file, by name; `skip` is left out.
std::map<std::string, std::string> portrait(const fs::path& root,
                                            const std::string& skip = {}) {
  auto out = std::map<std::string, std::string>{};
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    auto name = entry.path().lexically_relative(root).string();
    if (!skip.empty() && name.starts_with(skip))
      continue;
    struct stat st {};
    BOOST_REQUIRE(::lstat(entry.path().c_str(), &st) == 0);
    auto& text = out[name];
    text = std::to_string(st.st_mode) + " " + std::to_string(st.st_uid) + " "
           + std::to_string(st.st_gid) + " " + std::to_string(st.st_mtim.tv_sec)
           + "." + std::to_string(st.st_mtim.tv_nsec);
    if (!S_ISDIR(st.st_mode))
      text += " x" + std::to_string(st.st_nlink);
    if (S_ISLNK(st.st_mode))
      text += " -> " + fs::read_symlink(entry.path()).string();
    for (auto* attribute : {"user.note", access_list, default_list}) {
      char value[256];
      auto size = ::lgetxattr(entry.path().c_str(), attribute, value, 256);
      if (size >= 0)
        text += std::string{" "} + attribute + "="
                + std::string{value, static_cast<size_t>(size)};
    }
    if (S_ISREG(st.st_mode) && st.st_size < 1'000'000)
      text += " " + read_file(entry.path());
  }
  return out;
}

/// A bit of everything that content may hold.
void fill(const fs::path& root) {
  write_file(root / "plain", "hello");
  write_file(root / "empty", "");
  write_file(root / "dir/twin", "twin");
  fs::create_hard_link(root / "dir/twin", root / "a-twin");
  fs::create_symlink("../nowhere", root / "dir/link");
  fs::create_symlink("/etc/shadow", root / "absolute");
  write_file(root / "with\nnewline\x1b and \xff\xfe", "odd");
  write_file(root
               / "b\xc3\xbc"
                 "cher/\xe2\x82\xac",
             "utf-8");
  write_file(root / (std::string(200, 'l') + "/" + std::string(200, 'm')),
             "long");
  fs::create_directories(root / "none");
  fs::permissions(root / "none", fs::perms{0});
  write_file(root / "set-id", "x");
  ::chmod((root / "set-id").c_str(), 06755);
  BOOST_REQUIRE(::chown((root / "plain").c_str(), 33333, 33333) == 0);
  ::setxattr((root / "plain").c_str(), "user.note", "n\0te", 4, 0);
  ::setxattr((root / "dir").c_str(), "user.note", "d", 1, 0);
  write_file(root / "guarded/by-default/inner", "of nobody else");
  give_acl(root / "plain", access_list);
  give_acl(root / "guarded", access_list);
  give_acl(root / "guarded/by-default", access_list);
  give_acl(root / "guarded/by-default", default_list);
  auto times = std::array{timespec{0, UTIME_OMIT}, timespec{-5, 123'456'789}};
  ::utimensat(AT_FDCWD, (root / "plain").c_str(), times.data(), 0);
  times[1] = {1'000'000'000, 987'654'321};
  ::utimensat(AT_FDCWD, (root / "dir").c_str(), times.data(), 0);
  ::utimensat(AT_FDCWD, (root / "absolute").c_str(), times.data(),
              AT_SYMLINK_NOFOLLOW);
}

} // namespace

BOOST_AUTO_TEST_SUITE(archive_test)

BOOST_AUTO_TEST_CASE(a_restored_tree_is_equal_in_everything) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  fill(source);
  auto before = portrait(source);
  auto packed = archive(source, temp / "a");
  auto to = temp.make("restored");
  auto run = restore(packed, to);
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(std::get<initialize_outcome>(*run.outcome).source
             == "from-backup");
  auto after = portrait(to, ".gitpod");
  for (const auto& [name, text] : before)
    BOOST_TEST(after[name] == text, name);
  BOOST_TEST(after.size() == before.size());
  BOOST_TEST(packed.outcome.entries == before.size());
  BOOST_TEST(packed.outcome.bytes == fs::file_size(packed.path));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_wherever_it_is_noticed) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  for (auto kib : {0, 1, 100, 1000, 20'000}) {
    shell("head -c " + std::to_string(kib * 1024) + " /dev/urandom > "
          + (source / ("of-" + std::to_string(kib))).native());
    for (auto in_pieces : {false, true}) {
      auto full = inherited_file::create("/dev/full");
      auto job = archive_job{source, full.get(), std::nullopt};
      if (in_pieces)
        job.pieces.emplace();
      BOOST_TEST((run_refused(job) == ec::exhausted),
                 kib << " KiB, in pieces: " << in_pieces);
    }
  }
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  constexpr off_t size = 1ll << 40;
  for (auto* name : {"all-hole", "some-data"}) {
    write_file(source / name, "");
    BOOST_REQUIRE(::truncate((source / name).c_str(), size) == 0);
  }
  auto fd = ::open((source / "some-data").c_str(), O_WRONLY);
  BOOST_REQUIRE(::pwrite(fd, "begin", 5, 0) == 5);
  BOOST_REQUIRE(::pwrite(fd, "middle", 6, size / 2 + 7) == 6);
  ::close(fd);
  auto packed = archive(source, temp / "a");
  BOOST_TEST(packed.outcome.bytes < 100'000u);
  auto to = temp.make("restored");
  BOOST_REQUIRE(restore(packed, to).outcome);
  for (auto* name : {"all-hole", "some-data"}) {
    struct stat st {};
    BOOST_REQUIRE(::stat((to / name).c_str(), &st) == 0);
    BOOST_TEST(st.st_size == size);
    BOOST_TEST(st.st_blocks < 1000);
  }
  char text[6];
  fd = ::open((to / "some-data").c_str(), O_RDONLY);
  BOOST_REQUIRE(::pread(fd, text, 6, size / 2 + 7) == 6);
  ::close(fd);
  BOOST_TEST(std::string(text, 6) == "middle");
}

BOOST_AUTO_TEST_CASE(pipes_sockets_devices_and_the_ready_file_stay_out) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  write_file(source / ".gitpod/ready", "{}");
  write_file(source / ".gitpod/other", "kept");
  BOOST_REQUIRE(::mkfifo((source / "fifo").c_str(), 0644) == 0);
  BOOST_REQUIRE(::mknod((source / "dev").c_str(), S_IFCHR | 0666, 0x103) == 0);
  BOOST_REQUIRE(::mknod((source / "sock").c_str(), S_IFSOCK | 0666, 0) == 0);
  auto packed = archive(source, temp / "a");
  auto names = shell("zstd -dc " + packed.path.string() + " | tar t");
  BOOST_TEST(names == ".gitpod/\n.gitpod/other\n");
  // A socket is nothing without its program; the others may be missed.
  BOOST_TEST(packed.outcome.left_out == 2u);
  auto copied = run_ok<copy_outcome>(copy_job{source, temp.make("to")});
  BOOST_TEST(copied.left_out == 2u);
}

BOOST_AUTO_TEST_CASE(equal_trees_make_equal_archives) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  fill(source);
  auto first = archive(source, temp / "a");
  auto second = archive(source, temp / "b");
  BOOST_TEST(first.outcome.sha256 == second.outcome.sha256);
}

BOOST_AUTO_TEST_CASE(trees_may_be_deeper_than_a_path_is_long) {
  constexpr auto depth = 900;
  auto temp = temp_dir{};
  auto source = temp.make("source");
  auto descend = [](const fs::path& root, bool make) {
    auto at = ::open(root.c_str(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth && at >= 0; ++i) {
      if (make)
        ::mkdirat(at, "dddddd", 0755);
      auto next = ::openat(at, "dddddd", O_RDONLY | O_DIRECTORY);
      ::close(at);
      at = next;
    }
    return at;
  };
  auto bottom = descend(source, true);
  BOOST_REQUIRE(::mkdirat(bottom, "end", 0755) == 0);
  ::close(bottom);
  auto packed = archive(source, temp / "a");
  BOOST_TEST(packed.outcome.entries == depth + 1u);
  auto to = temp.make("restored");
  auto run = restore(packed, to);
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  bottom = descend(to, false);
  BOOST_TEST(::faccessat(bottom, "end", F_OK, 0) == 0);
  ::close(bottom);
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_flipped_bit_is_found) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  fill(source);
  auto packed = archive(source, temp / "a");
  auto good = read_file(packed.path);
  auto judge = [&](const std::string& bytes, const std::string& sha256) {
    write_file(temp / "bad", bytes);
    auto file = inherited_file::read(temp / "bad");
    return run_refused(verify_job{{file.get(), packed.outcome.bytes, sha256}});
  };
  BOOST_TEST(judge(good, packed.outcome.sha256) == ec::none);
  auto step = good.size() / 23 + 1;
  for (size_t at = 0; at < good.size(); at += step) {
    BOOST_TEST(judge(good.substr(0, at), packed.outcome.sha256)
               == ec::data_loss);
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    BOOST_TEST(judge(bad, packed.outcome.sha256) == ec::data_loss);
  }
  BOOST_TEST(judge(good + "x", packed.outcome.sha256) == ec::data_loss);
  BOOST_TEST(judge(good, std::string(64, '0')) == ec::data_loss);
}

BOOST_AUTO_TEST_CASE(other_programs_read_its_access_control_lists) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  fill(source);
  archive(source, temp / "a");
  auto told = shell("zstd -dc " + (temp / "a").string() + " | strings");
  BOOST_TEST(told.find("SCHILY.acl.access=") != told.npos);
  BOOST_TEST(told.find("SCHILY.acl.default=") != told.npos);
  BOOST_TEST(told.find("user:1000:rwx") != told.npos);
}

BOOST_AUTO_TEST_CASE(a_hostile_repository_runs_nothing_and_long_lists_are_cut) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  auto canary = (temp / "canary").string();
  shell("cd " + source.string()
        + " && git init -q -b main && for i in $(seq 150); do touch f$i; done"
          " && git config core.worktree / && git config filter.x.clean 'touch "
        + canary + "' && echo '* filter=x' > .gitattributes"
        + " && printf '[core]\\n\\tfsmonitor = touch " + canary
        + "\\n' >> .git/config");
  auto status = archive(source, temp / "a", "").outcome.repo;
  BOOST_REQUIRE(status);
  BOOST_TEST(status->branch == "main");
  BOOST_TEST(status->latest_commit == "");
  BOOST_TEST(status->total_untracked_files == 151);
  BOOST_REQUIRE(status->untracked_files.size() == 101u);
  BOOST_TEST(status->untracked_files.back() == "... and 51 more");
  BOOST_TEST(!fs::exists(canary));
}

BOOST_AUTO_TEST_CASE(nothing_of_a_mount_in_the_tree_is_read) {
  auto temp = temp_dir{};
  auto source = temp.make("source");
  fs::create_directories(source / "mnt");
  write_file(temp / "run.sh",
             "set -e\nmount -t tmpfs none " + (source / "mnt").string()
               + "\necho secret > " + (source / "mnt/secret").string() + "\n"
               + "printf '%s' \"$1\" | $BERTH_BIN/berth-worker 9>"
               + (temp / "a").string() + " >/dev/null\n");
  auto job = to_json(worker_job{archive_job{source, 9, {}}});
  shell("unshare -m sh " + (temp / "run.sh").string() + " '" + job + "'");
  auto names = shell("zstd -dc " + (temp / "a").string() + " | tar t");
  BOOST_TEST(names == "");
}

BOOST_AUTO_TEST_CASE(a_copy_is_like_its_original) {
  auto dir = temp_dir{};
  fill(dir.make("from"));
  write_file(dir / "from/sparse", "begin");
  BOOST_REQUIRE(::truncate((dir / "from/sparse").c_str(), 64 << 20) == 0);
  shell("touch -d 2001-02-03T04:05:06.789123456 "
        + (dir / "from/dir").string());
  auto before = portrait(dir / "from");
  auto copied = run_ok<copy_outcome>(copy_job{dir / "from", dir.make("to")});
  BOOST_TEST(copied.entries == before.size());
  auto after = portrait(dir / "to");
  for (const auto& [name, text] : before)
    BOOST_TEST(after[name] == text, name << ": " << after[name]);
  BOOST_TEST(after.size() == before.size());
  struct stat st {};
  BOOST_REQUIRE(::stat((dir / "to/sparse").c_str(), &st) == 0);
  BOOST_TEST(st.st_blocks * 512 < 1 << 20);
}

BOOST_AUTO_TEST_CASE(a_copy_needs_an_empty_place) {
  auto dir = temp_dir{};
  write_file(dir / "from/file", "x");
  write_file(dir / "to/file", "y");
  BOOST_TEST((run_refused(copy_job{dir / "from", dir / "to"}) != ec::none));
  BOOST_TEST(read_file(dir / "to/file") == "y");
}

BOOST_AUTO_TEST_CASE(an_archive_is_checked_while_it_is_written) {
  auto dir = temp_dir{};
  fill(dir.make("from"));
  auto whole = archive(dir / "from", dir / "whole");
  auto bytes = read_file(whole.path);
  auto half = bytes.size() / 2;
  for (auto cut : {size_t{0}, size_t{9}}) {
    write_file(dir / "grows", bytes.substr(0, half));
    auto ends = std::array{-1, -1};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    ::fcntl(ends[0], F_SETFD, 0); // the worker inherits it
    auto file = inherited_file::read(dir / "grows");
    auto checked = worker_run{make_error(ec::internal, ""), {}, 0};
    auto worker = std::thread{[&] {
      checked = run_worker(verify_job{{file.get(), 0, ""}, ends[0]});
    }};
    auto more
      = ::open((dir / "grows").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    auto rest = bytes.substr(half, bytes.size() - half - cut);
    BOOST_TEST(::write(more, rest.data(), rest.size())
               == static_cast<ssize_t>(rest.size()));
    BOOST_TEST(::write(ends[1], "", 1) == 1);
    ::close(more);
    ::close(ends[1]);
    worker.join();
    ::close(ends[0]);
    BOOST_TEST(bool(checked.outcome) == (cut == 0), checked.why());
    if (checked.outcome)
      BOOST_TEST(std::get<verify_outcome>(*checked.outcome).sha256
                 == whole.outcome.sha256);
  }
}

BOOST_AUTO_TEST_SUITE_END()
