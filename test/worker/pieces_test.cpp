#include "test/worker/access_lists.hpp"
#include "test/worker/piece_world.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <random>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

/// Bytes that do not compress, the same for the same seed.
std::string noise(size_t count, unsigned seed) {
  auto engine = std::mt19937{seed};
  auto out = std::string(count, '\0');
  for (auto& c : out)
    c = static_cast<char>(engine());
  return out;
}

/// Many small files, and two that have pieces of their own.
void plant(const fs::path& root) {
  for (int i = 0; i < 150; ++i)
    write_file(root / ("dir" + std::to_string(i % 7))
                 / ("file" + std::to_string(i)),
               noise(1000 + static_cast<size_t>(i) * 13, 100u + unsigned(i)));
  write_file(root / "big", noise(3'000'000, 1));
  write_file(root / "dir3/large", noise(200'000, 2));
  write_file(root / "note", "hello");
}

struct planted : piece_world {
  planted() {
    plant(source);
    await_tick(source);
  }

  uint64_t bytes_of(size_t which) const { return objects[which].made.bytes; }

  /// By what pieces are known, as the index has it: the last 32 bytes of each
  /// row of 88, behind 80 bytes and before 32.
  std::vector<std::string> prints() const {
    auto bytes = read_file(index);
    auto out = std::vector<std::string>{};
    for (size_t at = 80; at + 88 + 32 <= bytes.size(); at += 88)
      out.push_back(bytes.substr(at + 56, 32));
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pieces_test, planted)

BOOST_AUTO_TEST_CASE(a_first_backup_is_an_archive_that_others_read) {
  const auto& first = back_up();
  BOOST_TEST(first.needs.empty());
  auto names = shell("zstd -dc " + first.path.string() + " | tar t | wc -l");
  BOOST_TEST(std::stoul(names) == first.made.entries);
  auto file = inherited_file::read(first.path);
  auto checked
    = run_ok<verify_outcome>(verify_job{{file.get(), 0, first.made.sha256}});
  BOOST_TEST(checked.entries == first.made.entries);
  BOOST_TEST((restored(0) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(a_first_backup_of_equal_pieces_leaves_none_out) {
  write_file(source / "zeros", std::string(9'000'000, '\0'));
  fs::copy_file(source / "big", source / "dir1/as big");
  await_tick(source);
  const auto& first = back_up();
  auto file = inherited_file::read(first.path);
  auto checked
    = run_ok<verify_outcome>(verify_job{{file.get(), 0, first.made.sha256}});
  BOOST_TEST(checked.entries == first.made.entries);
  BOOST_TEST((restored(0) == tree_text(source)));
  write_file(source / "more zeros", std::string(9'000'000, '\0'));
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(equal_files_are_known_again_and_again) {
  write_file(source / "a", noise(8'000'000, 3));
  fs::copy_file(source / "a", source / "b");
  await_tick(source);
  for (size_t i = 0; i < 4; ++i) {
    back_up();
    if (i > 0)
      BOOST_TEST(bytes_of(i) < bytes_of(0) / 100);
    BOOST_TEST((restored(i) == tree_text(source)));
  }
}

BOOST_AUTO_TEST_CASE(what_has_not_changed_is_not_stored_again) {
  back_up();
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
  BOOST_TEST(objects[1].needs == std::vector<size_t>{0},
             boost::test_tools::per_element());
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(a_restored_content_is_known_too) {
  back_up();
  move_to_restored();
  auto before = tree_text(source);
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
  BOOST_TEST((restored(1) == before));
  move_to_restored();
  write_file(source / "note", "another");
  back_up();
  BOOST_TEST(bytes_of(2) < bytes_of(0) / 20);
  BOOST_TEST((restored(2) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(a_restore_knows_a_tree_as_the_next_backup_sees_it) {
  fs::create_hard_link(source / "dir1/file8", source / "dir5/twin");
  fs::create_hard_link(source / "dir1/file8", source / "another twin");
  fs::create_hard_link(source / "big", source / "dir6/as big");
  fs::create_symlink("note", source / "link");
  fs::create_directories(source / "empty/inner");
  write_file(source / "dir1.txt", "behind dir1/, before dir2/");
  ::chmod((source / "dir3/large").c_str(), 04750);
  ::setxattr((source / "dir6").c_str(), "user.note", "d", 1, 0);
  give_acl(source / "dir2/file9", access_list);
  give_acl(source / "dir4", access_list);
  give_acl(source / "dir4", default_list);
  await_tick(source);
  back_up();
  move_to_restored();
  auto learnt = prints();
  back_up();
  BOOST_TEST(objects[1].needs.size() == 1u);
  auto seen = prints();
  BOOST_REQUIRE_EQUAL(learnt.size(), seen.size());
  auto nothing = std::string(32, '\0');
  auto unknown = std::count(learnt.begin(), learnt.end(), nothing);
  // The end marker, and what follows the first piece of a big file.
  BOOST_TEST(unknown == std::count(seen.begin(), seen.end(), nothing));
  // In the first is .gitpod, which every start writes in.
  for (size_t i = 1; i < seen.size(); ++i)
    BOOST_TEST((learnt[i] == seen[i]), "piece " << i);
}

BOOST_AUTO_TEST_CASE(changed_renamed_removed_and_new_files_are_as_they_are) {
  back_up();
  write_file(source / "dir1/file8", "changed");
  fs::rename(source / "dir2", source / "another");
  fs::remove_all(source / "dir4");
  fs::rename(source / "big", source / "dir3/moved");
  write_file(source / "new/file", "new");
  fs::create_symlink("note", source / "link");
  fs::create_hard_link(source / "note", source / "dir5/twin");
  ::chmod((source / "dir3/large").c_str(), 04750);
  ::setxattr((source / "dir6").c_str(), "user.note", "d", 1, 0);
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 3);
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(a_change_that_keeps_length_and_time_is_seen) {
  back_up();
  struct stat st {};
  BOOST_REQUIRE(::stat((source / "note").c_str(), &st) == 0);
  write_file(source / "note", "olleh");
  auto times = std::array{st.st_atim, st.st_mtim};
  ::utimensat(AT_FDCWD, (source / "note").c_str(), times.data(), 0);
  back_up();
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(what_may_be_changing_still_is_read_again) {
  back_up(0);
  // Nothing is known by what it looks like, and all by its bytes.
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(a_copy_stands_for_its_original) {
  auto original = source;
  source = dir.make("view");
  is_view = true;
  run_ok<copy_outcome>(copy_job{original, source, true});
  back_up();
  source = original;
  is_view = false;
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
  BOOST_TEST((restored(0) == tree_text(original)));
  BOOST_TEST((restored(1) == tree_text(original)));
}

BOOST_AUTO_TEST_CASE(of_a_big_file_only_the_changed_part_is_stored) {
  back_up();
  auto bytes = read_file(source / "big");
  bytes.insert(1'500'000, "inserted");
  write_file(source / "big", bytes);
  back_up();
  BOOST_TEST(bytes_of(1) < bytes_of(0) * 2 / 3);
  BOOST_TEST((restored(1) == tree_text(source)));
}

BOOST_AUTO_TEST_CASE(holes_links_and_long_names_survive_in_pieces) {
  auto deep = source / std::string(200, 'l') / std::string(200, 'm');
  write_file(deep / std::string(250, 'n'), "long");
  write_file(source / "odd\n\xff", "odd");
  write_file(source / "sparse", "begin");
  constexpr off_t size = off_t{1} << 36;
  BOOST_REQUIRE(::truncate((source / "sparse").c_str(), size) == 0);
  auto fd = ::open((source / "sparse").c_str(), O_WRONLY);
  BOOST_REQUIRE(::pwrite(fd, "middle", 6, size / 2 + 7) == 6);
  ::close(fd);
  fs::create_hard_link(source / "big", source / "a-twin");
  ::setxattr((source / "note").c_str(), "user.note", "n\0te", 4, 0);
  for (int i = 0; i < 2; ++i) {
    back_up();
    auto to = dir / ("to" + std::to_string(i));
    auto run = restore(objects.size() - 1, to);
    BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
    struct stat st {};
    BOOST_REQUIRE(::stat((to / "sparse").c_str(), &st) == 0);
    BOOST_TEST(st.st_size == size);
    BOOST_TEST(st.st_blocks < 1000);
    fs::remove(to / "sparse");
    auto hidden = dir / "sparse";
    fs::rename(source / "sparse", hidden);
    BOOST_TEST((tree_text(to) == tree_text(source)));
    fs::rename(hidden, source / "sparse");
  }
  BOOST_TEST(bytes_of(1) < bytes_of(0) / 100);
}

BOOST_AUTO_TEST_CASE(
  an_index_that_is_damaged_or_of_another_backup_is_not_used) {
  back_up();
  auto good = read_file(index);
  for (auto at : {size_t{0}, size_t{20}, good.size() / 2, good.size() - 1}) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(index, bad);
    BOOST_TEST(back_up().needs.empty());
    objects.pop_back();
  }
  write_file(index, good);
  objects.back().made.sha256 = std::string(64, '0');
  BOOST_TEST(back_up().needs.empty());
}

BOOST_AUTO_TEST_CASE(thirty_generations_restore_to_what_they_were) {
  auto engine = std::mt19937{7};
  auto below = [&](size_t n) { return static_cast<size_t>(engine()) % n; };
  auto trees = std::vector<std::string>{};
  auto whole = 0;
  for (unsigned generation = 0; generation < 30; ++generation) {
    for (size_t edit = below(6); edit > 0; --edit) {
      auto name = "dir" + std::to_string(below(7)) + "/file"
                  + std::to_string(below(150));
      auto path = source / name;
      switch (below(6)) {
        case 0: fs::remove(path); break;
        case 1:
          if (fs::exists(path))
            fs::rename(path, source / ("moved" + std::to_string(generation)));
          break;
        case 2: {
          auto bytes = read_file(source / "big");
          bytes.replace(below(bytes.size() - 100), 50, noise(80, generation));
          write_file(source / "big", bytes);
          break;
        }
        case 3:
          fs::remove(source / "twin");
          if (fs::exists(path))
            fs::create_hard_link(path, source / "twin");
          break;
        default: write_file(path, noise(below(300'000), generation));
      }
    }
    back_up();
    trees.push_back(tree_text(source));
    whole += objects.back().needs.empty() ? 1 : 0;
    if (below(3) == 0)
      move_to_restored();
  }
  for (size_t i = 0; i < trees.size(); ++i)
    BOOST_TEST((restored(i) == trees[i]), "generation " << i);
  // Not one object after the other for ever.
  BOOST_TEST(whole >= 2);
  BOOST_TEST(whole <= 5);
}

BOOST_AUTO_TEST_SUITE_END()
