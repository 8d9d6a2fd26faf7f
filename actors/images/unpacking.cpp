#include "actors/images/unpacking.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"
#include "core/progress_text.hpp"

#include <algorithm>

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr int archive_fd = 10;
constexpr auto out_inside = "/out";
constexpr auto scratch_inside = "/scratch";
constexpr auto layout_inside = "/layout";

std::string progress_line(const worker_progress& now) {
  auto line = now.what;
  if (!now.text.empty())
    line += " " + now.text;
  return line + progress_text(now.done, now.total);
}

/// What a workspace mounts, top-most first: nothing below a layer whose root
/// is opaque can be seen.
std::vector<std::string> visible(const std::vector<unpacked_layer>& layers) {
  auto out = std::vector<std::string>{};
  for (const auto& layer : layers) {
    out.push_back(layer.directory);
    if (std::find(layer.opaque.begin(), layer.opaque.end(), "")
        != layer.opaque.end())
      break;
  }
  return out;
}

} // namespace

void unpacking_state::take_charge(unpacking_actor::pointer self,
                                  image_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

std::string unpacking_state::staging() const {
  return deps_.layout().layer_staging(what_.tag);
}

std::string unpacking_state::scratch() const {
  return deps_.layout().blobs() / (".scratch-" + what_.tag);
}

caf::typed_response_promise<stored_image>
unpacking_state::begin(const unpack_image& what) {
  what_ = what;
  promise_ = self_->make_response_promise<stored_image>();
  // Only root may look around among layers: some have set-user-id programs.
  make({{deps_.layout().layers(), 0700},
        {deps_.layout().blobs(), 0700},
        {staging(), 0755},
        {scratch(), 0755}});
  return promise_;
}

void unpacking_state::make(std::deque<make_directory> directories) {
  if (directories.empty()) {
    if (what_.reference)
      return find_credentials();
    if (!what_.layout.empty())
      return run(unpack_job{-1, out_inside, layout_inside, what_.have});
    return run(unpack_job{archive_fd, out_inside, {}, {}});
  }
  auto next = std::move(directories.front());
  directories.pop_front();
  ask_actor(self_, deps_.file(), 1min, next)
    .then([this, directories](const done&) { make(directories); },
          [this](const caf::error& err) { finish(err); });
}

void unpacking_state::find_credentials() {
  const auto& known = deps_.settings->images.registries;
  auto found = known.find(what_.reference->registry);
  auto registry = found == known.end() ? registry_settings{} : found->second;
  ask_actor(self_, deps_.layers(), 1min, read_credentials{registry.auth_file})
    .then(
      [this, registry](const credentials& login) {
        auto job = pull_job{};
        job.reference = what_.reference->canonical();
        job.out = out_inside;
        job.scratch = scratch_inside;
        job.insecure = registry.insecure;
        job.auth_json = login.text;
        job.have = what_.have;
        run(std::move(job));
      },
      [this](const caf::error& err) { finish(err); });
}

void unpacking_state::run(worker_job job) {
  auto what = run_job{};
  what.job = std::move(job);
  what.range = deps_.range();
  what.directories = {{staging(), out_inside}};
  if (what_.reference) {
    what.network = true;
    what.directories.push_back({scratch(), scratch_inside});
  } else if (!what_.layout.empty()) {
    what.directories.push_back({what_.layout, layout_inside});
  } else {
    what.fds = {{what_.archive, archive_fd}};
  }
  what.deadline = unpack_limit;
  if (what_.on_progress)
    what.on_progress = [tell = what_.on_progress](const worker_progress& now) {
      tell(progress_line(now));
    };
  ask_actor(self_, deps_.job(), unpack_limit + 1min, std::move(what))
    .then([this](const job_ended& end) { unpacked(end.outcome); },
          [this](const caf::error& err) { finish(err); });
}

void unpacking_state::unpacked(const worker_outcome& outcome) {
  auto* said = std::get_if<unpack_outcome>(&outcome);
  if (!said || said->layers.empty())
    return finish(make_error(ec::internal, "the worker did another job"));
  auto install
    = install_layers{staging(), deps_.layout().layers(), said->layers};
  ask_actor(self_, deps_.layers(), layer_limit, std::move(install))
    .then([this, image = *said](
            const installed_layers& now) { installed(image, now); },
          [this](const caf::error& err) { finish(err); });
}

void unpacking_state::installed(const unpack_outcome& image,
                                const installed_layers& now) {
  auto out = stored_image{};
  out.name = what_.name;
  out.digest = image.digest;
  out.layers = visible(image.layers);
  out.config = image.config;
  for (const auto& layer : image.layers)
    out.bytes += layer.bytes;
  out.created_ns = now.now_ns;
  out.imported = !what_.reference;
  finish(std::move(out));
}

/// Answers at once; nobody has to wait for the removal of what is left.
void unpacking_state::finish(result<stored_image> outcome) {
  tell_actor(deps_.file(), remove_tree{staging()});
  tell_actor(deps_.file(), remove_tree{scratch()});
  if (outcome)
    promise_.deliver(std::move(*outcome));
  else
    promise_.deliver(std::move(outcome.error()));
  self_->quit();
}

unpacking_actor::behavior_type
unpacking(unpacking_actor::stateful_pointer<unpacking_state> self,
          image_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const unpack_image& what) { return self->state.begin(what); },
  };
}

} // namespace berth
