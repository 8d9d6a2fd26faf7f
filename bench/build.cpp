#include "bench/private_node.hpp"
#include "bench/statistics.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "image-builder-api/imgbuilder.grpc.pb.h"

namespace berth::bench {

namespace {

constexpr unsigned build_rounds = 5;
constexpr auto most_beside_buildah = 1.1;
constexpr auto longest_build = std::chrono::minutes{5};

/// A repository with a Dockerfile of a few steps. Not below /var/tmp, where a
/// sandbox has something of its own.
class sample_repository {
public:
  static result<std::unique_ptr<sample_repository>> make() {
    char name[] = "/srv/berth-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr)
      return errno_error(errno, "mkdtemp", name);
    auto out = std::unique_ptr<sample_repository>{new sample_repository{name}};
    auto made
      = must_run({"/bin/bash", "-ec",
                  "cd " + out->home_.native()
                    + "; chmod 755 .; git init -q -b main work; cd work; "
                      "git config user.name a; git config user.email a@b"});
    if (!made)
      return made.error();
    if (auto changed = out->change(); !changed)
      return changed.error();
    return out;
  }
  sample_repository(const sample_repository&) = delete;
  sample_repository& operator=(const sample_repository&) = delete;
  ~sample_repository() {
    auto ignored = std::error_code{};
    std::filesystem::remove_all(home_, ignored);
  }

  std::filesystem::path path() const { return home_ / "work"; }

  /// Another first step: no layer of before will do.
  result<void> change() {
    std::ofstream{path() / "Dockerfile"}
      << "FROM bench\nENV VERSION=" << ++version_
      << "\nCOPY data /data\nRUN mkdir /made && for i in $(seq 200); do echo "
         "$i "
         "> /made/$i; done\nRUN cat /data /made/* > /all\n";
    std::ofstream{path() / "data"} << std::string(1 << 20, 'x');
    auto done
      = must_run({"/bin/bash", "-ec",
                  "cd " + path().native()
                    + "; git add -A; git commit -qm x; git rev-parse HEAD"});
    if (!done)
      return done.error();
    commit_ = done->substr(0, 40);
    return {};
  }

  builder::BuildRequest request(bool force) const {
    auto out = builder::BuildRequest{};
    auto& file = *out.mutable_source()->mutable_file();
    auto& git = *file.mutable_source()->mutable_git();
    git.set_remote_uri("file://" + path().native());
    git.set_clone_taget(commit_);
    git.set_target_mode(contentservice::REMOTE_COMMIT);
    git.mutable_config();
    file.set_dockerfile_path("Dockerfile");
    out.set_triggered_by("bench");
    out.set_force_rebuild(force);
    return out;
  }

private:
  explicit sample_repository(std::filesystem::path home)
    : home_(std::move(home)) {}

  std::filesystem::path home_;
  std::string commit_;
  unsigned version_ = 0;
};

/// From the call to the last message.
result<double> build_once(const private_node& node,
                          const builder::BuildRequest& what) {
  auto client = builder::ImageBuilder::NewStub(dial(node.address()));
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + longest_build);
  auto begin = std::chrono::steady_clock::now();
  auto stream = client->Build(&context, what);
  auto told = builder::BuildResponse{};
  while (stream->Read(&told)) {
  }
  auto took = milliseconds_since(begin);
  auto status = stream->Finish();
  if (!status.ok() || told.status() != builder::done_success)
    return make_error(ec::internal,
                      "build: " + status.error_message() + told.message());
  return took;
}

/// buildah alone: what clones, builds and leaves an OCI layout. Its base is in
/// its store already, as it is in ours.
class plain_buildah {
public:
  static result<plain_buildah> make(const private_node& node) {
    auto out = plain_buildah{node.directory() / "buildah"};
    auto made = out.run("c=$($B from scratch); m=$($B mount $c); cp -a "
                        + node.rootfs().native()
                        + "/. $m; $B umount $c; $B commit -q $c "
                          "localhost/bench; $B rm $c");
    if (!made)
      return made.error();
    return out;
  }

  result<double> build(const sample_repository& of) {
    auto begin = std::chrono::steady_clock::now();
    auto done = run("rm -rf work layout; git clone -q " + of.path().native()
                    + " work; $B build --layers --isolation chroot --network "
                      "host --pull=false --format oci --tag localhost/x work; "
                      "$B push -q --disable-compression localhost/x "
                      "oci:layout:image");
    if (!done)
      return done.error();
    return milliseconds_since(begin);
  }

private:
  explicit plain_buildah(std::filesystem::path home) : home_(std::move(home)) {}

  /// In a mount namespace that takes buildah's mounts along.
  result<void> run(const std::string& script) const {
    auto at = home_.native();
    auto done
      = must_run({"/usr/bin/unshare", "--mount", "/bin/bash", "-ec",
                  "mkdir -p " + at + "; cd " + at + "; B='buildah --root " + at
                    + "/store --runroot " + at
                    + "/run --storage-driver overlay'; " + script});
    if (!done)
      return done.error();
    return {};
  }

  std::filesystem::path home_;
};

struct build_times {
  std::vector<double> ours, theirs;
};

result<void> time_both(build_times& into, const private_node& node,
                       plain_buildah& peer, const sample_repository& of) {
  auto theirs = peer.build(of);
  if (!theirs)
    return theirs.error();
  auto ours = build_once(node, of.request(true));
  if (!ours)
    return ours.error();
  into.theirs.push_back(*theirs);
  into.ours.push_back(*ours);
  return {};
}

void tell_build(const build_times& times, const std::string& how, report& to) {
  to.add("berthd", how, median(times.ours), "ms");
  to.add("buildah", how, median(times.theirs), "ms");
  to.add("berthd / buildah", how, median(times.ours) / median(times.theirs),
         "x", at_most(most_beside_buildah));
}

result<void> run_build(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto repository = sample_repository::make();
  if (!repository)
    return repository.error();
  auto peer = plain_buildah::make(**node);
  if (!peer)
    return peer.error();
  auto warm = build_times{};
  if (auto done = time_both(warm, **node, *peer, **repository); !done)
    return done;
  auto uncached = build_times{};
  auto cached = build_times{};
  auto skipped = std::vector<double>{};
  for (unsigned i = 0; i < (how.rounds ? how.rounds : build_rounds); ++i) {
    if (auto changed = (*repository)->change(); !changed)
      return changed;
    for (auto* times : {&uncached, &cached})
      if (auto done = time_both(*times, **node, *peer, **repository); !done)
        return done;
    auto skip = build_once(**node, (*repository)->request(false));
    if (!skip)
      return skip.error();
    skipped.push_back(*skip);
  }
  tell_build(uncached, "no layer is known, p50", to);
  tell_build(cached, "every layer is known, p50", to);
  to.add("berthd", "image is there, p50", median(skipped), "ms", at_most(50));
  to.note(
    "both clone the repository and build four steps on a busybox; buildah "
    "writes an OCI layout, berthd makes an image that can be started, or sees "
    "that it has it");
  return {};
}

} // namespace

const scenario build_scenario = {
  .name = "build",
  .question = "how long does an image build take, beside buildah alone?",
  .run = run_build,
};

} // namespace berth::bench
