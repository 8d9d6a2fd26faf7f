#include "core/hasher.hpp"
#include "test/worker/piece_world.hpp"
#include "test/worker/tar_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

struct grown : piece_world {
  grown() {
    for (int i = 0; i < 60; ++i)
      write_file(source / ("file" + std::to_string(i)),
                 std::string(3000, static_cast<char>('a' + i % 26)));
    write_file(source / "big", read_file("/proc/self/exe").substr(0, 700'000));
    await_tick(source);
    back_up();
    write_file(source / "file7", "changed");
    back_up();
    before = tree_text(source);
  }

  /// `object` with one bit turned over.
  void flip(size_t object, size_t at) {
    auto bytes = read_file(objects[object].path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    write_file(objects[object].path, bytes);
  }

  /// Restores the newest into an empty place.
  worker_run restore_anew() {
    fs::remove_all(dir / "to");
    return restore(objects.size() - 1, dir / "to");
  }

  std::string before;
};

template <class T>
std::string low_first(T number) {
  auto out = std::string{};
  for (size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(number >> (8 * i));
  return out;
}

std::string from_hex(const std::string& hex) {
  auto out = std::string{};
  for (size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

std::string one_frame(const std::string& bytes) {
  auto out = std::string(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(
    ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string skipped(const std::string& bytes) {
  return low_first<uint32_t>(0x184d2a5e)
         + low_first(static_cast<uint32_t>(bytes.size())) + bytes;
}

/// One row of a table, honest unless somebody changes it.
struct row {
  uint32_t object = 1;
  uint64_t offset = 0;
  uint32_t packed = 0, raw = 0, entries = 1;
  std::string sha256;

  std::string bytes() const {
    return low_first(object) + low_first(offset) + low_first(packed)
           + low_first(raw) + low_first(entries) + from_hex(sha256);
  }
};

/// An object of one piece, the tar `content`, beside one other object.
struct crafted {
  explicit crafted(std::string tar) : content(std::move(tar)) {
    frame = one_frame(content);
    only.packed = static_cast<uint32_t>(frame.size());
    only.raw = static_cast<uint32_t>(content.size());
    only.sha256 = sha256_hex(content);
  }

  std::string bytes() const {
    auto table
      = "berthtb1" + low_first(others) + low_first(count) + only.bytes();
    auto packed = one_frame(table);
    auto in_frame = skipped(packed);
    return frame + in_frame
           + skipped("berthend" + low_first(uint64_t{in_frame.size()})
                     + from_hex(sha256_hex(packed)));
  }

  std::string content, frame;
  row only;
  uint32_t others = 1, count = 1;
};

struct crafted_world {
  temp_dir dir;

  worker_run restore(const std::string& object) {
    write_file(dir / "object", object);
    write_file(dir / "other", std::string(100, 'x'));
    write_file(dir / "outside/canary", "alive");
    auto file = inherited_file::read(dir / "object");
    auto other = inherited_file::read(dir / "other");
    fs::remove_all(dir / "to");
    auto job = initialize_job{};
    job.destination = dir.make("to");
    job.backup = object_source{file.get(), object.size(), sha256_hex(object)};
    job.backup->parts = {{other.get(), 100, ""}};
    return run_worker(job);
  }

  ec refusal(const crafted& what) {
    auto run = restore(what.bytes());
    return run.outcome ? ec::none : code_of(run.outcome.error());
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(piece_damage_test)

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_in_the_newest_object_is_found, grown) {
  auto size = fs::file_size(objects[1].path);
  for (size_t at = 0; at < size; at += size / 20 + 1) {
    flip(1, at);
    BOOST_TEST(code_of(restore_anew().outcome.error()) == ec::data_loss);
    flip(1, at);
  }
  BOOST_REQUIRE(restore_anew().outcome);
  BOOST_TEST((tree_text(dir / "to") == before));
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_in_an_earlier_object_is_found, grown) {
  auto size = fs::file_size(objects[0].path);
  auto found = 0, harmless = 0;
  for (size_t at = 0; at < size; at += size / 30 + 1) {
    flip(0, at);
    auto run = restore_anew();
    if (run.outcome) {
      // Nobody needs that piece any more, or it is of the earlier table.
      BOOST_TEST((tree_text(dir / "to") == before));
      ++harmless;
    } else {
      BOOST_TEST(code_of(run.outcome.error()) == ec::data_loss);
      ++found;
    }
    flip(0, at);
  }
  BOOST_TEST(found > harmless);
}

BOOST_FIXTURE_TEST_CASE(an_object_of_another_length_or_kind_is_refused, grown) {
  auto good = read_file(objects[0].path);
  for (const auto& bad :
       {good.substr(0, good.size() - 1), good + "x", std::string{}}) {
    write_file(objects[0].path, bad);
    BOOST_TEST(code_of(restore_anew().outcome.error()) == ec::data_loss);
  }
  write_file(objects[0].path, std::string(good.size(), '\0'));
  BOOST_TEST(code_of(restore_anew().outcome.error()) == ec::data_loss);
  write_file(objects[0].path, good);
  objects[1].needs.clear();
  BOOST_TEST(code_of(restore_anew().outcome.error()) == ec::data_loss);
}

BOOST_FIXTURE_TEST_CASE(every_truncation_is_refused_by_who_checks, grown) {
  auto good = read_file(objects[1].path);
  for (size_t size = 0; size < good.size(); size += good.size() / 25 + 1) {
    write_file(dir / "cut", good.substr(0, size));
    auto file = inherited_file::read(dir / "cut");
    auto check = verify_job{{file.get(), 0, ""}};
    check.pieces = check.is_partial = true;
    BOOST_TEST(run_refused(check) == ec::data_loss);
  }
}

BOOST_FIXTURE_TEST_CASE(who_checks_misses_what_is_nowhere, grown) {
  auto file = inherited_file::read(objects[1].path);
  write_file(dir / "nothing", "");
  auto none = inherited_file::read(dir / "nothing");
  auto check = verify_job{{file.get(), 0, ""}};
  check.pieces = check.is_partial = true;
  BOOST_TEST(run_refused(check) == ec::none);
  check.index_fd = none.get();
  BOOST_TEST(run_refused(check) == ec::data_loss);
}

BOOST_FIXTURE_TEST_CASE(a_killed_worker_spoils_nothing, grown) {
  write_file(source / "file9", "changed too");
  auto job = archive_job{source, 9, {}};
  job.pieces = pieces_wanted{};
  job.pieces->new_index_fd = 8;
  write_file(dir / "job", to_json(worker_job{job}));
  auto bin = std::string{std::getenv("BERTH_BIN")};
  for (int i = 1; i <= 12; ++i) {
    auto after = "0.0" + std::to_string(i / 10) + std::to_string(i % 10);
    shell("timeout -s KILL " + after + " " + bin + "/berth-worker <"
          + (dir / "job").string() + " 9>" + (dir / "half").string() + " 8>"
          + (dir / "half.index").string() + " >/dev/null || true");
    auto file = inherited_file::read(dir / "half");
    auto check = verify_job{{file.get(), 0, ""}};
    check.pieces = true;
    auto run = run_worker(check);
    // Either it came to its end, or that is seen.
    BOOST_TEST((run.outcome || code_of(run.outcome.error()) == ec::data_loss));
  }
  back_up();
  BOOST_TEST(!objects.back().needs.empty());
  BOOST_TEST((restored(2) == tree_text(source)));
}

BOOST_FIXTURE_TEST_CASE(an_honest_object_is_restored, crafted_world) {
  auto run = restore(crafted{tar_bytes{}.file("name", "text").bytes()}.bytes());
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(read_file(dir / "to/name") == "text");
}

BOOST_FIXTURE_TEST_CASE(a_table_that_lies_is_refused, crafted_world) {
  const auto honest = crafted{tar_bytes{}.file("name", "text").bytes()};
  auto lies = std::vector<void (*)(crafted&)>{
    [](crafted& x) { x.only.offset = 1; },
    [](crafted& x) { x.only.offset = uint64_t{1} << 40; },
    [](crafted& x) { x.only.offset = ~uint64_t{0}; },
    [](crafted& x) { x.only.packed += 1000; },
    [](crafted& x) { x.only.packed = 0; },
    [](crafted& x) { x.only.raw += 512; },
    [](crafted& x) { x.only.raw -= 512; },
    [](crafted& x) { x.only.raw = 0xffffffff; },
    [](crafted& x) { x.only.object = 0; },
    [](crafted& x) { x.only.object = 2; },
    [](crafted& x) { x.only.entries = uint32_t{1} << 31; },
    [](crafted& x) { x.only.sha256 = std::string(64, '0'); },
    [](crafted& x) { x.count = 2; },
    [](crafted& x) { x.count = 0; },
    [](crafted& x) { x.count = 0xffffffff; },
    [](crafted& x) { x.others = 0; },
    [](crafted& x) { x.others = 5000; },
  };
  for (size_t i = 0; i < lies.size(); ++i) {
    auto what = honest;
    lies[i](what);
    BOOST_TEST(refusal(what) == ec::data_loss, "lie " << i);
  }
}

BOOST_FIXTURE_TEST_CASE(a_tar_in_pieces_is_as_suspect_as_any, crafted_world) {
  auto bad = std::vector<std::string>{
    tar_bytes{}.file("../outside/canary", "x").bytes(),
    tar_bytes{}.file("/outside/canary", "x").bytes(),
    tar_bytes{}.symlink("a", "../outside").file("a/canary", "x").bytes(),
    tar_bytes{}.hard_link("a", "../outside/canary").bytes(),
    tar_bytes{}.file("name", "text").without_end(),
  };
  for (const auto& tar : bad) {
    BOOST_TEST(refusal(crafted{tar}) == ec::data_loss);
    BOOST_TEST(read_file(dir / "outside/canary") == "alive");
  }
}

BOOST_AUTO_TEST_SUITE_END()
