#include "test/content/content_node.hpp"

#include <fcntl.h>
#include <sys/xattr.h>

#include <algorithm>

namespace berth::test {

namespace {

namespace fs = std::filesystem;

struct image_disk_fixture : content_node {
  /// A root file system of one program, as `rootfs.tar`.
  void make_rootfs() const {
    shell("mkdir -p rootfs/bin rootfs/etc rootfs/var/data; "
          "cp /usr/bin/busybox rootfs/bin/; ln -s busybox rootfs/bin/sh; "
          "echo old > rootfs/etc/old; echo deep > rootfs/var/data/deep; "
          "tar -C rootfs -cf rootfs.tar .");
  }

  /// An OCI layout `oci` whose second layer removes /etc/old and hides what
  /// /var/data had, and its tar `oci.tar`.
  void make_layout() const {
    make_rootfs();
    shell("mkdir -p top/etc top/var/data; : > top/etc/.wh.old; "
          ": > top/var/data/.wh..wh..opq; echo new > top/var/data/new; "
          "tar -C top -cf top.tar .; "
          "(umoci init --layout oci && umoci new --image oci:x && "
          "umoci raw add-layer --image oci:x rootfs.tar && "
          "umoci raw add-layer --image oci:x top.tar && "
          "umoci config --image oci:x --config.env GREETING=hello "
          "--config.workingdir /work) > log 2>&1; tar -C oci -cf oci.tar .");
  }

  result<stored_image> import(const std::string& name, const fs::path& path) {
    auto file = std::make_shared<const sys::fd>(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return ask<stored_image>(images, import_image{name, file});
  }

  result<stored_image> resolve(const std::string& reference) {
    return ask<stored_image>(images, resolve_image{reference, nullptr});
  }

  fs::path layer(const stored_image& image, size_t index) const {
    return layout{*all}.layer(image.layers.at(index));
  }

  /// How many layers are there; staging may still be on its way out.
  size_t on_disk() const {
    auto layers = fs::directory_iterator{layout{*all}.layers()};
    return static_cast<size_t>(
      std::count_if(fs::begin(layers), fs::end(layers), [](const auto& entry) {
        return !entry.path().filename().native().starts_with('.');
      }));
  }

  static bool is_opaque(const fs::path& directory) {
    char value[8];
    return ::lgetxattr(directory.c_str(), "trusted.overlay.opaque", value,
                       sizeof value)
             == 1
           && value[0] == 'y';
  }

  /// The layer that has `path`; npos if none has.
  size_t layer_with(const stored_image& image, const std::string& path) const {
    for (size_t i = 0; i < image.layers.size(); ++i)
      if (fs::exists(fs::symlink_status(layer(image, i) / path)))
        return i;
    return std::string::npos;
  }
};

/// docker-registry on loopback, without TLS.
struct registry_fixture : image_disk_fixture {
  registry_fixture() {
    make_layout();
    write(root / "registry.yml",
          "version: 0.1\nstorage: {filesystem: {rootdirectory: "
            + (root / "registry").native()
            + "}}\nhttp: {addr: '127.0.0.1:0'}\nlog: {level: info}\n");
    auto story = std::make_shared<listening>();
    auto what = child_spec{};
    what.argv
      = {"/usr/bin/docker-registry", "serve", (root / "registry.yml").native()};
    what.env = {"PATH=/usr/bin:/bin", "OTEL_TRACES_EXPORTER=none"};
    what.deadline = patience;
    auto heard = caf::actor_cast<caf::actor>(self);
    // It says on which port it listens.
    auto session = open_session{};
    session.token = "registry";
    session.what = what;
    session.listener.on_output = [heard, story](int, std::string bytes) {
      story->text += bytes;
      auto at = story->text.find(marker);
      auto end = story->text.find_first_of("\" ", at + marker.size());
      if (at == std::string::npos || end == std::string::npos || story->told)
        return true;
      story->told = true;
      auto port
        = story->text.substr(at + marker.size(), end - at - marker.size());
      caf::anon_send(heard, port);
      return true;
    };
    session.listener.on_end = [](result<int>) {};
    BOOST_REQUIRE(ask<done>(processes, session));
    self->receive([this](const std::string& found) { port = found; });
    all->images.registries["127.0.0.1:" + port].insecure = true;
    shell("skopeo copy -q --dest-tls-verify=false oci:oci:x docker://127.0.0.1:"
          + port + "/team/app:1 > log 2>&1");
  }

  ~registry_fixture() { self->send(processes, close_session{"registry"}); }

  std::string app(const std::string& end) const {
    return "127.0.0.1:" + port + "/team/app" + end;
  }

  static inline const std::string marker = "listening on 127.0.0.1:";
  struct listening {
    std::string text;
    bool told = false;
  };
  std::string port;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(images_on_disk, image_disk_fixture)

BOOST_AUTO_TEST_CASE(a_root_file_system_becomes_an_image) {
  make_rootfs();
  auto image = import("base:1", root / "rootfs.tar");
  BOOST_REQUIRE_EQUAL(why_not(image), "");
  BOOST_TEST(image->name == "base:1");
  BOOST_TEST(image->digest.starts_with("sha256:"));
  BOOST_REQUIRE_EQUAL(image->layers.size(), 2u);
  BOOST_TEST(image->layers.front().starts_with("finish-"));
  BOOST_TEST(fs::is_directory(layer(*image, 0) / "workspace"));
  BOOST_TEST(read(layer(*image, 1) / "etc/old") == "old\n");
  BOOST_TEST(on_disk() == 2u);
  BOOST_TEST((resolve("docker.io/library/base:1")->digest == image->digest));
}

BOOST_AUTO_TEST_CASE(a_layout_keeps_layers_whiteouts_and_config) {
  make_layout();
  auto image = import("app", root / "oci.tar");
  BOOST_REQUIRE_EQUAL(why_not(image), "");
  BOOST_REQUIRE_EQUAL(image->layers.size(), 3u);
  BOOST_TEST(image->config.working_dir == "/work");
  auto env = image->config.env;
  BOOST_TEST(std::count(env.begin(), env.end(), "GREETING=hello") == 1);
  BOOST_TEST(fs::is_character_file(layer(*image, 1) / "etc/old"));
  BOOST_TEST(is_opaque(layer(*image, 1) / "var/data"));
  BOOST_TEST(!is_opaque(layer(*image, 1) / "etc"));
  BOOST_TEST(layer_with(*image, "bin/busybox") == 2u);
}

BOOST_AUTO_TEST_CASE(layers_go_with_their_last_image_and_no_earlier) {
  make_layout();
  BOOST_REQUIRE(import("base", root / "rootfs.tar"));
  BOOST_REQUIRE(import("app", root / "oci.tar"));
  // The one below is the same, and so is what every image gets on top.
  BOOST_REQUIRE_EQUAL(on_disk(), 3u);
  BOOST_REQUIRE(ask<done>(images, remove_image{"app"}));
  auto base = resolve("base"); // waits for layers to go
  BOOST_REQUIRE_EQUAL(why_not(base), "");
  BOOST_TEST(on_disk() == 2u);
  BOOST_TEST(read(layer(*base, 1) / "etc/old") == "old\n");
}

BOOST_AUTO_TEST_CASE(rubbish_is_refused_and_leaves_nothing) {
  write(root / "rubbish", std::string(4096, 'x'));
  auto image = import("rubbish", root / "rubbish");
  BOOST_REQUIRE(!image);
  BOOST_TEST((code_of(image.error()) != ec::internal));
  BOOST_TEST(!resolve("localhost/rubbish"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(images_from_a_registry, registry_fixture)

BOOST_AUTO_TEST_CASE(a_pull_gives_what_an_import_gives) {
  auto pulled = resolve(app(":1"));
  BOOST_REQUIRE_EQUAL(why_not(pulled), "");
  auto imported = import("app", root / "oci.tar");
  BOOST_REQUIRE_EQUAL(why_not(imported), "");
  BOOST_TEST(pulled->layers == imported->layers);
  BOOST_TEST(pulled->digest == imported->digest);
  BOOST_TEST(pulled->config.working_dir == "/work");
}

BOOST_AUTO_TEST_CASE(a_second_pull_needs_no_registry) {
  auto first = resolve(app(":1"));
  BOOST_REQUIRE_EQUAL(why_not(first), "");
  self->send(processes, close_session{"registry"});
  auto again = resolve(app(":1"));
  BOOST_REQUIRE_EQUAL(why_not(again), "");
  BOOST_TEST((resolve(app("@" + first->digest))->digest == first->digest));
}

BOOST_AUTO_TEST_CASE(layers_that_are_there_are_used_again) {
  BOOST_REQUIRE(import("base", root / "rootfs.tar"));
  auto base = layer(*resolve("base"), 1);
  auto before = fs::last_write_time(base / "etc/old");
  write(base / "mark", "still the same directory");
  auto pulled = resolve(app(":1"));
  BOOST_REQUIRE_EQUAL(why_not(pulled), "");
  BOOST_TEST((layer(*pulled, 2) == base));
  BOOST_TEST(read(base / "mark") == "still the same directory");
  BOOST_TEST((fs::last_write_time(base / "etc/old") == before));
}

BOOST_AUTO_TEST_CASE(what_the_registry_lacks_is_not_found) {
  auto image = resolve(app(":none"));
  BOOST_REQUIRE(!image);
  BOOST_TEST((code_of(image.error()) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
