#include "test/builds/building.hpp"
#include "test/builds/corpus.hpp"
#include "test/support/registry_server.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

using namespace berth;
using namespace berth::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct with_registry {
  registry_server registry;
};

/// Ours pushes to a registry; plain buildah is what a person would run.
struct peers : with_registry, building {
  peers()
    : building("images: {registries: {\"" + registry.host()
               + "\": {insecure: true}}, base_repository: " + registry.host()
               + "/bases, workspace_repository: " + registry.host()
               + "/workspaces}\n") {
    sh("mkdir -p root/bin root/etc root/tmp root/home; cp /bin/busybox "
       "root/bin/; for a in $(/bin/busybox --list); do [ -e root/bin/$a ] || "
       "ln -s busybox root/bin/$a; done; echo hi > root/etc/motd; "
       "printf "
       "'root:x:0:0::/root:/bin/sh\\njoe:x:1000:1000::/home/joe:/bin/sh\\n'"
       " > root/etc/passwd; printf 'root:x:0:\\njoe:x:1000:\\n' > "
       "root/etc/group; "
       "tar -C root -cf root.tar .; umoci init --layout base; "
       "umoci new --image base:image; umoci raw add-layer --image base:image "
       "root.tar; umoci config --image base:image --config.env FROM_BASE=yes "
       "--config.env PATH=/bin");
    registry.push(place() / "base", "corpus/base:1");
    auto pulled = plain_buildah("", "$B pull --tls-verify=false " + base());
    BOOST_REQUIRE_MESSAGE(pulled.code == 0, pulled.text);
    sh("mkdir triggers; printf 'FROM " + base()
       + "\\nONBUILD RUN echo triggered > /triggered\\n"
         "SHELL [\"/bin/sh\", \"-euc\"]\\nHEALTHCHECK CMD true\\n' > "
         "triggers/Dockerfile");
    auto pushed = plain_buildah(
      "", "$B build --isolation chroot --pull=false --format docker --tag "
            + triggers() + " triggers; $B push --quiet --tls-verify=false "
            + "--format v2s2 " + triggers());
    BOOST_REQUIRE_MESSAGE(pushed.code == 0, pushed.text);
  }

  void sh(const std::string& line) const {
    auto ended
      = e2e::run({"/bin/sh", "-ec", "cd " + place().native() + "; " + line});
    BOOST_REQUIRE_MESSAGE(ended.code == 0, line + "\n" + ended.text);
  }

  std::string base() const { return registry.host() + "/corpus/base:1"; }
  std::string triggers() const {
    return registry.host() + "/corpus/triggers:1";
  }

  void put(const corpus_entry& entry) {
    sh("rm -rf work/* work/.dockerignore");
    auto files = entry.files;
    for (auto& [path, text] : files)
      for (const auto& [word, image] :
           {std::pair{std::string{"$BASE"}, base()},
            std::pair{std::string{"$TRIGGERS"}, triggers()}})
        for (auto at = text.find(word); at != text.npos; at = text.find(word))
          text.replace(at, word.size(), image);
    commit(files);
    commit_line(entry.prepare);
  }

  /// buildah itself, in a mount namespace that takes its mounts along.
  e2e::outcome plain_buildah(const std::string& namespaces,
                             const std::string& script) const {
    return e2e::run({"/bin/sh", "-ec",
                     "cd " + place().native() + "; export B='buildah --root "
                       + (place() / "plain").native() + " --runroot "
                       + (place() / "plain-run").native()
                       + " --storage-driver overlay'; exec unshare --mount "
                       + namespaces + " /bin/sh -ec '" + script + "'"});
  }

  /// With a network of its own, in which nobody else is: its base it has.
  e2e::outcome build_plainly() const {
    return plain_buildah(
      "--net --pid --fork --kill-child --mount-proc",
      "ip link set lo up; rm -rf theirs theirs-docker; $B build --layers "
      "--isolation chroot "
      "--network host --pull=false --format docker --tag localhost/x "
      "$([ ! -e work/plain ] || echo --file work/plain/Dockerfile) work; "
      "$B push --quiet localhost/x oci:theirs:image; "
      "$B push --quiet --format v2s2 localhost/x dir:theirs-docker");
  }

  /// All that Docker's format says of it, but what containers were called.
  json config_of(const std::string& directory) const {
    auto at = place() / directory;
    auto manifest = json::parse(std::ifstream{at / "manifest.json"});
    auto name = manifest["config"]["digest"].get<std::string>().substr(7);
    auto config = json::parse(std::ifstream{at / name});
    config["config"].erase("Hostname");
    return {{"config", config["config"]},
            {"layers", manifest["layers"].size()},
            {"os", config["os"]},
            {"architecture", config["architecture"]}};
  }

  /// Every file of it with all that tells it from another one but times, and
  /// but the repository's own: one is a clone of the other.
  std::string tree_of(const std::string& layout) const {
    sh("rm -rf bundle; umoci raw unpack --image " + layout
       + ":image bundle > /dev/null 2>&1");
    auto listed = e2e::run(
      {"/bin/sh", "-ec",
       "cd " + place().native()
         + "/bundle; find . -name .git -prune -o -printf '%p %y %m %U:%G %l\\n'"
           " | LC_ALL=C sort; find . -name .git -prune -o -type f -print0"
           " | LC_ALL=C sort -z | xargs -0 sha256sum"});
    sh("rm -rf bundle");
    return listed.text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(builds_beside_buildah, sharing<peers>,
                         *boost::unit_test::fixture<shared<peers>>())

BOOST_AUTO_TEST_CASE(images_are_what_plain_buildah_makes) {
  for (const auto& entry : corpus())
    BOOST_TEST_CONTEXT(entry.name) {
      node.put(entry);
      auto plain = std::async(std::launch::async,
                              [this] { return node.build_plainly(); });
      auto ours = node.build(node.request());
      auto theirs = plain.get();
      BOOST_TEST(ours.is_success() == (theirs.code == 0),
                 ours.why() + "\n---\n" + theirs.text);
      if (!entry.refusal.empty())
        BOOST_TEST(ours.last().message().find(entry.refusal)
                     != std::string::npos,
                   ours.why());
      if (!ours.is_success() || theirs.code != 0)
        continue;
      node.sh(
        "rm -rf ours ours-docker; skopeo copy --quiet --src-tls-verify=false "
        "docker://"
        + ours.last().ref()
        + " dir:ours-docker; skopeo copy --quiet dir:ours-docker "
          "oci:ours:image");
      BOOST_TEST(node.config_of("ours-docker")
                 == node.config_of("theirs-docker"));
      BOOST_TEST(node.tree_of("ours") == node.tree_of("theirs"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_pushed_is_found_by_digest_and_by_both_names) {
  node.put({"x", {{"Dockerfile", "FROM $BASE\nRUN echo x > /x\n"}}});
  auto made = node.build(node.request());
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  auto digest = made.last().ref().substr(made.last().ref().find('@') + 1);
  auto digest_of = [&](const std::string& name) {
    return e2e::run({"/usr/bin/skopeo", "inspect", "--no-tags",
                     "--tls-verify=false", "--format", "{{.Digest}}",
                     "docker://" + name})
      .text;
  };
  BOOST_TEST(digest_of(made.last().ref()) == digest + "\n");
  BOOST_TEST(digest_of(made.last().base_ref()) == digest + "\n");
  // A workspace image of an image is that image, under a name of its own.
  auto what = builder::BuildRequest{};
  what.mutable_source()->mutable_ref()->set_ref(node.base());
  what.mutable_auth()->mutable_total()->set_allow_all(true);
  auto copied = node.build(what);
  BOOST_REQUIRE_MESSAGE(copied.is_success(), copied.why());
  BOOST_TEST(
    copied.last().ref().starts_with(node.registry.host() + "/workspaces@"));
  BOOST_TEST(copied.last().base_ref().starts_with(node.registry.host()
                                                  + "/corpus/base@sha256:"));
}

BOOST_AUTO_TEST_CASE(a_base_that_the_registry_has_is_not_built_again) {
  node.put({"x", {{"Dockerfile", "FROM $BASE\nRUN false\n"}}});
  auto what = node.request();
  auto asked = builder::ResolveWorkspaceImageRequest{};
  *asked.mutable_source() = what.source();
  auto context = grpc::ClientContext{};
  auto found = builder::ResolveWorkspaceImageResponse{};
  BOOST_REQUIRE(
    node.stub()->ResolveWorkspaceImage(&context, asked, &found).ok());
  BOOST_TEST(found.status() == builder::unknown);
  node.registry.push(node.place() / "base",
                     found.base_ref().substr(node.registry.host().size() + 1));
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(made.last().base_ref() == found.base_ref());
  what.set_force_rebuild(true);
  BOOST_TEST(!node.build(what).is_success());
}

BOOST_AUTO_TEST_CASE(a_step_reaches_no_server_of_this_machine) {
  auto url = "http://" + node.registry.host() + "/v2/";
  node.put({"x", {{"Dockerfile", "FROM $BASE\nADD " + url + " /stolen\n"}}});
  BOOST_TEST(!node.build(node.request()).is_success());
}

BOOST_AUTO_TEST_SUITE_END()
