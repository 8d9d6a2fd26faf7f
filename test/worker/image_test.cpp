#include "test/worker/oci_layout.hpp"
#include "test/worker/tar_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

struct unpacked {
  temp_dir temp;
  fs::path out = temp.make("out");

  worker_run run(const fs::path& archive) {
    auto file = inherited_file::read(archive);
    return run_worker(unpack_job{file.get(), out});
  }
  ec refusal(const std::string& tar) {
    write_file(temp / "t", tar);
    auto done = run(temp / "t");
    return done.outcome ? ec::none : code_of(done.outcome.error());
  }
  unpack_outcome ok(const fs::path& archive) {
    auto done = run(archive);
    BOOST_REQUIRE_MESSAGE(done.outcome, done.why());
    return std::get<unpack_outcome>(*done.outcome);
  }
};

bool is_whiteout(const fs::path& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 && S_ISCHR(st.st_mode)
         && st.st_rdev == 0;
}

unsigned mode(const fs::path& path) {
  struct stat st {};
  BOOST_REQUIRE(::lstat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

} // namespace

BOOST_AUTO_TEST_SUITE(image_test)

BOOST_AUTO_TEST_CASE(a_root_file_system_becomes_two_layers) {
  auto u = unpacked{};
  auto tar = tar_bytes{};
  tar.dir(".").dir("./bin").file("./bin/bash", "#!");
  tar.dir("etc").file("etc/passwd", "root:x:0:0::/:/bin/sh");
  tar.symlink("etc/resolv.conf", "../run/x").file("etc/hosts", "mine");
  tar.add({"usr/bin/sudo", '0', {}, 04755}, "s").add({"null", '3'});
  write_file(u.temp / "t", tar.bytes());
  auto outcome = u.ok(u.temp / "t");
  BOOST_REQUIRE(outcome.layers.size() == 2u);
  BOOST_TEST(outcome.layers[1].directory == sha256_of(u.temp / "t"));
  auto root = u.out / outcome.layers[1].directory;
  BOOST_TEST(read_file(root / "etc/hosts") == "mine");
  BOOST_TEST(mode(root / "usr/bin/sudo") == 04755u);
  BOOST_TEST(!fs::exists(root / "null"));

  auto finish = u.out / outcome.layers[0].directory;
  for (auto* dir : {"workspace", ".workspace", ".berth", "proc", "sys", "dev"})
    BOOST_TEST(fs::is_directory(finish / dir), dir);
  BOOST_TEST(mode(finish / "tmp") == 01777u);
  BOOST_TEST(!fs::exists(finish / "etc/hosts"));
  BOOST_TEST(
    fs::is_regular_file(fs::symlink_status(finish / "etc/resolv.conf")));
  BOOST_TEST(read_file(finish / "etc/passwd")
             == "root:x:0:0::/:/bin/sh\n"
                "gitpod:x:33333:33333:gitpod:/home/gitpod:/bin/bash\n");
  struct stat st {};
  ::stat((finish / "home/gitpod").c_str(), &st);
  BOOST_TEST(st.st_uid == 33333u);
  auto left = std::distance(fs::directory_iterator{u.out}, {});
  BOOST_TEST(left == 2);

  auto again = unpacked{};
  BOOST_TEST(again.ok(u.temp / "t").digest == outcome.digest);
}

BOOST_AUTO_TEST_CASE(layers_are_verified_and_whiteouts_mean_something) {
  auto image = oci_layout{};
  auto base = tar_bytes{};
  base.dir("/").dir("etc").file("etc/passwd",
                                "gitpod:x:33333:33333::/home/gitpod:/bin/sh\n");
  base.file("etc/group", "old\n").dir("a").file("a/x", "").file("gone", "");
  base.dir("tmp", 01777);
  auto top = tar_bytes{};
  top.file(".wh.gone", "").file("a/.wh..wh..opq", "").file("a/y", "");
  top.file("etc/.wh.group", "").file(".wh..wh.plnk", "");
  top.file(".wh.tmp", "").dir("tmp", 0700);
  image.add_layer(base.bytes());
  image.add_layer(top.bytes());
  image.add_layer(base.bytes());
  image.add_layer(top.bytes());
  auto archive = image.tar();
  auto u = unpacked{};
  auto outcome = u.ok(archive);
  BOOST_TEST(outcome.digest == image.digest);
  BOOST_TEST(outcome.config.env.at(0) == "A=b");
  BOOST_TEST(outcome.config.user == "me");
  BOOST_TEST(outcome.config.container == "compatible");
  BOOST_REQUIRE(outcome.layers.size() == 3u); // equal ones once
  BOOST_TEST(outcome.layers[1].directory == image.diff_ids[1]);
  BOOST_TEST(outcome.layers[2].directory == image.diff_ids[0]);
  auto opaque = outcome.layers[1].opaque;
  std::sort(opaque.begin(), opaque.end());
  auto expected = std::vector<std::string>{"a", "tmp"};
  BOOST_TEST(opaque == expected, boost::test_tools::per_element());
  auto dir = u.out / image.diff_ids[1];
  BOOST_TEST(is_whiteout(dir / "gone"));
  BOOST_TEST(is_whiteout(dir / "etc/group"));
  BOOST_TEST(fs::exists(dir / "a/y"));
  auto finish = u.out / outcome.layers[0].directory;
  BOOST_TEST(!fs::exists(finish / "etc/passwd"));
  BOOST_TEST(read_file(finish / "etc/group") == "root:x:0:\ngitpod:x:33333:\n");
  BOOST_TEST(!fs::exists(finish / "tmp"));
  BOOST_TEST(std::distance(fs::directory_iterator{u.out}, {}) == 3);
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_not_what_it_says_is_refused) {
  auto lying = oci_layout{};
  lying.add_layer(tar_bytes{}.file("a", "x").bytes(), true);
  auto u = unpacked{};
  auto run = u.run(lying.tar());
  BOOST_TEST(code_of(run.outcome.error()) == ec::data_loss);

  auto flipped = oci_layout{};
  flipped.add_layer(tar_bytes{}.file("a", "x").bytes());
  auto archive = flipped.tar();
  auto bytes = read_file(archive);
  auto at = bytes.find("\x1f\x8b");
  bytes[at + 9] = static_cast<char>(bytes[at + 9] ^ 4); // the gzip header's OS
  BOOST_TEST(unpacked{}.refusal(bytes) == ec::data_loss);
}

BOOST_AUTO_TEST_CASE(an_archive_of_docker_alone_is_no_root_file_system) {
  auto digest = std::string(64, 'a');
  auto tar = tar_bytes{};
  tar.file(digest + ".json", "{}").dir(digest);
  tar.file(digest + "/layer.tar", "").file("manifest.json", "[]");
  BOOST_TEST(unpacked{}.refusal(tar.bytes()) == ec::invalid_argument);
  tar.file("bin", "");
  BOOST_TEST(unpacked{}.refusal(tar.bytes()) == ec::none);
}

BOOST_AUTO_TEST_CASE(mount_points_must_be_directories) {
  for (auto* name : {"dev", "proc", "sys", ".workspace"}) {
    BOOST_TEST(unpacked{}.refusal(tar_bytes{}.symlink(name, "/x").bytes())
                 == ec::failed_precondition,
               name);
    BOOST_TEST(unpacked{}.refusal(tar_bytes{}.file(name, "").bytes())
                 == ec::failed_precondition,
               name);
  }
}

BOOST_AUTO_TEST_CASE(hostile_layers_write_nothing_outside) {
  for (auto* name : {"../x", "/x", "a/../../x", ".wh.", "a/.wh.."})
    BOOST_TEST(unpacked{}.refusal(tar_bytes{}.dir("a").file(name, "").bytes())
                 == ec::data_loss,
               name);
  auto u = unpacked{};
  auto outside = u.temp.make("outside");
  BOOST_TEST(
    u.refusal(tar_bytes{}.symlink("a", outside).file("a/.wh.x", "").bytes())
    == ec::data_loss);
  BOOST_TEST(fs::is_empty(outside));
}

BOOST_AUTO_TEST_SUITE_END()
