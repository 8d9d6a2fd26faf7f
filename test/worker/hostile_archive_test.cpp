#include "test/worker/tar_bytes.hpp"
#include "test/worker/worker_process.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <zstd.h>

#include <functional>
#include <random>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

/// A destination, and a canary beside it that must not change.
struct victim {
  temp_dir temp;
  fs::path destination = temp.make("destination");
  fs::path outside = temp / "outside/canary";

  victim() { write_file(outside, "alive"); }

  worker_run restore(const std::string& bytes) {
    write_file(temp / "tar", bytes);
    auto file = inherited_file::read(temp / "tar");
    auto job = initialize_job{};
    job.destination = destination;
    job.meta_id = "meta";
    job.backup = object_source{file.get(), bytes.size(), {}};
    return run_worker(job);
  }

  ec refusal(const std::string& bytes) {
    auto run = restore(bytes);
    return run.outcome ? ec::none : code_of(run.outcome.error());
  }

  bool canary_lives() const {
    return read_file(outside) == "alive" && !fs::exists(temp / "outside/new");
  }
};

std::string compressed(const std::string& bytes, int window_log = 0) {
  auto* ctx = ZSTD_createCCtx();
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
  }
  auto out = std::string(ZSTD_compressBound(bytes.size()) + 64, '\0');
  auto in = ZSTD_inBuffer{bytes.data(), bytes.size(), 0};
  auto to = ZSTD_outBuffer{out.data(), out.size(), 0};
  // Without the size known beforehand, the window is what was asked for.
  ZSTD_compressStream2(ctx, &to, &in, ZSTD_e_flush);
  ZSTD_compressStream2(ctx, &to, &in, ZSTD_e_end);
  ZSTD_freeCCtx(ctx);
  out.resize(to.pos);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_archive_test)

BOOST_AUTO_TEST_CASE(names_that_lead_out_are_refused) {
  auto bad = std::vector<std::string>{
    tar_bytes{}.file("../outside/new", "x").bytes(),
    tar_bytes{}.file("/outside/new", "x").bytes(),
    tar_bytes{}.file("a/../../outside/new", "x").bytes(),
    tar_bytes{}.file("a/./b", "x").bytes(),
    tar_bytes{}.file("a//b", "x").bytes(),
    tar_bytes{}
      .add({"a", '0', {}, 0644, 0, 0, 0, "path=../outside/new\n"}, "x")
      .bytes(),
    tar_bytes{}.file(".", "x").bytes(),
    tar_bytes{}.file("/", "x").bytes(),
  };
  for (const auto& bytes : bad) {
    auto v = victim{};
    BOOST_TEST(v.refusal(bytes) == ec::data_loss);
    BOOST_TEST(v.canary_lives());
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_written_through_a_link) {
  auto through = [](auto add) {
    auto v = victim{};
    auto tar = tar_bytes{};
    add(tar, (v.temp / "outside").string());
    auto code = v.refusal(tar.bytes());
    BOOST_TEST(v.canary_lives());
    return code;
  };
  BOOST_TEST(through([](tar_bytes& tar, const std::string& outside) {
               tar.symlink("a", outside).file("a/new", "x");
             })
             == ec::data_loss);
  BOOST_TEST(through([](tar_bytes& tar, const std::string&) {
               tar.symlink("a", "../outside").dir("a/new");
             })
             == ec::data_loss);
  BOOST_TEST(through([](tar_bytes& tar, const std::string& outside) {
               tar.symlink("a", outside + "/canary").hard_link("b", "a");
             })
             == ec::data_loss);
  BOOST_TEST(through([](tar_bytes& tar, const std::string& outside) {
               tar.hard_link("b", outside + "/canary").file("b", "dead");
             })
             == ec::data_loss);
  BOOST_TEST(through([](tar_bytes& tar, const std::string&) {
               tar.hard_link("b", "../outside/canary");
             })
             == ec::data_loss);
  // These end well, inside: the later entry replaces the link itself.
  BOOST_TEST(through([](tar_bytes& tar, const std::string& outside) {
               tar.symlink("a", outside + "/canary").file("a", "dead");
             })
             == ec::none);
  BOOST_TEST(through([](tar_bytes& tar, const std::string& outside) {
               tar.symlink("a", outside).dir("a", 0777).file("a/new", "x");
             })
             == ec::none);
}

BOOST_AUTO_TEST_CASE(of_two_entries_of_one_name_the_last_wins) {
  auto v = victim{};
  auto tar = tar_bytes{};
  tar.file("a", "first")
    .hard_link("b", "a")
    .file("a", "second")
    .dir("c")
    .file("c", "now a file");
  BOOST_TEST(v.refusal(tar.bytes()) == ec::none);
  BOOST_TEST(read_file(v.destination / "a") == "second");
  BOOST_TEST(read_file(v.destination / "b") == "first");
  BOOST_TEST(read_file(v.destination / "c") == "now a file");
  auto full = tar_bytes{}.dir("d").file("d/x", "").file("d", "").bytes();
  BOOST_TEST(victim{}.refusal(full) == ec::data_loss);
}

BOOST_AUTO_TEST_CASE(content_has_no_devices_set_id_bits_or_foreign_owners) {
  auto v = victim{};
  auto tar = tar_bytes{};
  tar.add({"dev", '3'}).add({"fifo", '6'});
  tar.add({"set-id", '0', {}, 06755, 5, 6}, "x");
  tar.add({"big-id", '0', {}, 0644, 0, 0, 0, "uid=4294967295\ngid=70000\n"},
          "");
  tar.add({"xattr",
           '0',
           {},
           0644,
           0,
           0,
           0,
           "SCHILY.xattr.trusted.overlay.opaque=y\n"
           "SCHILY.xattr.user.overlay.opaque=y\n"
           "SCHILY.xattr.user.fine=y\n"},
          "");
  tar.file(".wh.gone", "").file(".wh..wh..opq", "");
  auto run = v.restore(tar.bytes());
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  BOOST_TEST(!fs::exists(v.destination / "dev"));
  BOOST_TEST(!fs::exists(v.destination / "fifo"));
  BOOST_TEST(fs::is_regular_file(v.destination / ".wh.gone"));
  BOOST_TEST(fs::is_regular_file(v.destination / ".wh..wh..opq"));
  struct stat st {};
  ::stat((v.destination / "set-id").c_str(), &st);
  BOOST_TEST((st.st_mode & 07777) == 0755u);
  BOOST_TEST(st.st_uid == 5u);
  ::stat((v.destination / "big-id").c_str(), &st);
  BOOST_TEST(st.st_uid == 65534u);
  BOOST_TEST(st.st_gid == 65534u);
  auto names = shell("getfattr -m - " + (v.destination / "xattr").string()
                     + " 2>/dev/null | grep =\\|\\\\. || true");
  BOOST_TEST(names.find("overlay") == names.npos);
}

BOOST_AUTO_TEST_CASE(an_archive_cut_anywhere_is_refused) {
  auto whole = tar_bytes{}.file("a", "x").file("b", std::string(2000, '\0'));
  auto bytes = whole.bytes();
  BOOST_TEST(victim{}.refusal(bytes) == ec::none);
  for (size_t at = 0; at < bytes.size(); at += 512) {
    BOOST_TEST(victim{}.refusal(bytes.substr(0, at)) == ec::data_loss, at);
    BOOST_TEST(
      victim{}.refusal(compressed(bytes.substr(0, at))) == ec::data_loss, at);
  }
  // Padding is fine, garbage is not.
  BOOST_TEST(victim{}.refusal(bytes + std::string(9000, '\0')) == ec::none);
  BOOST_TEST(victim{}.refusal(bytes + "garbage") == ec::data_loss);
  BOOST_TEST(victim{}.refusal(compressed(bytes) + "garbage") == ec::data_loss);
}

BOOST_AUTO_TEST_CASE(compression_is_read_by_its_first_bytes) {
  auto bytes = tar_bytes{}.file("a", "text").bytes();
  BOOST_TEST(victim{}.refusal(compressed(bytes)) == ec::none);
  auto temp = temp_dir{};
  write_file(temp / "t", bytes);
  shell("gzip -k " + (temp / "t").string());
  auto v = victim{};
  auto packed = read_file(temp / "t.gz");
  BOOST_TEST(v.refusal(packed) == ec::none);
  BOOST_TEST(read_file(v.destination / "a") == "text");
  BOOST_TEST(victim{}.refusal(packed + std::string(9, '\0')) == ec::none);
  BOOST_TEST(victim{}.refusal(packed + "garbage") == ec::data_loss);
  BOOST_TEST(victim{}.refusal("no archive at all") == ec::data_loss);
  BOOST_TEST(victim{}.refusal("") == ec::data_loss);
}

// A damage in stored bytes shows in nothing but the check sum.
BOOST_AUTO_TEST_CASE(a_damaged_gzip_is_found) {
  auto temp = temp_dir{};
  auto noise = std::string(100'000, '\0');
  auto random = std::minstd_rand{7};
  for (auto& byte : noise)
    byte = static_cast<char>(random());
  write_file(temp / "t", tar_bytes{}.file("a", noise).bytes());
  shell("gzip -k " + (temp / "t").string());
  auto packed = read_file(temp / "t.gz");
  BOOST_TEST(victim{}.refusal(packed) == ec::none);
  for (size_t at = 5'000; at < packed.size(); at += packed.size() / 9) {
    auto bad = packed;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    BOOST_TEST(victim{}.refusal(bad) == ec::data_loss, at);
  }
  for (size_t cut = 1; cut <= 9; ++cut)
    BOOST_TEST(victim{}.refusal(packed.substr(0, packed.size() - cut))
                 == ec::data_loss,
               cut);
}

BOOST_AUTO_TEST_CASE(nothing_takes_the_place_of_the_ready_file) {
  for (auto* name : {".gitpod/ready", ".gitpod/ready.tmp"}) {
    auto v = victim{};
    auto bytes = tar_bytes{}.dir(".gitpod").dir(name);
    BOOST_TEST(v.refusal(bytes.file(name + std::string{"/x"}, "").bytes())
               == ec::none);
    BOOST_TEST(fs::is_regular_file(v.destination / ".gitpod/ready"));
    BOOST_TEST(!fs::exists(v.destination / ".gitpod/ready.tmp"));
  }
}

BOOST_AUTO_TEST_CASE(directories_without_an_entry_belong_to_the_user) {
  auto v = victim{};
  BOOST_TEST(v.refusal(tar_bytes{}.file("a/b/c", "").bytes()) == ec::none);
  struct stat st {};
  ::stat((v.destination / "a/b").c_str(), &st);
  BOOST_TEST(st.st_uid == 33333u);
  BOOST_TEST((st.st_mode & 0777) == 0755u);
}

BOOST_AUTO_TEST_CASE(the_oldest_backups_hold_a_directory_with_everything) {
  auto old = tar_bytes{}.dir("meta").file("meta/a", "text").dir("meta/meta");
  auto v = victim{};
  BOOST_TEST(v.refusal(old.bytes()) == ec::none);
  BOOST_TEST(read_file(v.destination / "a") == "text");
  BOOST_TEST(fs::is_empty(v.destination / "meta"));
  BOOST_TEST(!fs::exists(v.destination / "meta/a"));
  // A file beside it: it is a directory of the user's.
  auto other = victim{};
  BOOST_TEST(other.refusal(old.file("b", "").bytes()) == ec::none);
  BOOST_TEST(fs::exists(other.destination / "meta/a"));
  // Nor is a link followed.
  auto hostile = victim{};
  BOOST_TEST(hostile.refusal(tar_bytes{}.symlink("meta", "..").bytes())
             == ec::none);
  BOOST_TEST(fs::is_symlink(hostile.destination / "meta"));
}

BOOST_AUTO_TEST_CASE(bombs_and_huge_windows_are_refused) {
  auto temp = temp_dir{};
  auto path = (temp / "bomb").string();
  shell("cd " + temp.path().string()
        + " && truncate -s 2G zeros && tar -c zeros | zstd -q > bomb"
          " && rm zeros");
  BOOST_TEST(victim{}.refusal(read_file(path)) == ec::exhausted);
  auto small = tar_bytes{}.file("a", "x").bytes();
  BOOST_TEST(victim{}.refusal(compressed(small, 27)) == ec::none);
  BOOST_TEST(victim{}.refusal(compressed(small, 30)) == ec::data_loss);
}

BOOST_AUTO_TEST_SUITE_END()
