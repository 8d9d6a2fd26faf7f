#include "actors/ask.hpp"
#include "actors/builds/build.hpp"
#include "core/builds/build_path.hpp"
#include "core/builds/registry_auth.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto disk_limit_of_build = 1min;
constexpr auto resolve_limit_of_build = 10min;

constexpr auto context_inside = "/context";
constexpr auto out_inside = "/out";
constexpr auto scratch_inside_fetch = "/scratch";

} // namespace

void build_state::make(std::deque<make_directory> directories,
                       continuation then) {
  if (directories.empty())
    return then();
  auto next = std::move(directories.front());
  directories.pop_front();
  ask<done>(deps_.kernel.file(), disk_limit_of_build, std::move(next),
            [this, directories = std::move(directories),
             then = std::move(then)](done) { make(directories, then); });
}

/// With a network if it goes to a registry or a repository: the host's, within
/// what the packet filter allows.
run_job build_state::job_in_sandbox(worker_job job) const {
  auto run = run_job{};
  run.job = std::move(job);
  run.range = deps_.range(slot_);
  return run;
}

void build_state::fetch_context() {
  auto paths = build_paths(file());
  if (!paths)
    return fail(paths.error());
  dockerfile_ = paths->dockerfile;
  directory_ = paths->directory;
  say("Fetching the context");
  auto named = open_archives{file().snapshots, file().prebuilds, {}};
  if (deps_.settings->content.allow_file_urls)
    named.local = file().local_repositories;
  ask<opened_archives>(
    deps_.archives(), disk_limit_of_build, std::move(named),
    [this](const opened_archives& sources) { fill_context(sources); });
}

void build_state::fill_context(const opened_archives& sources) {
  auto numbers = numbered_sources{};
  auto job = context_job{{}, dockerfile_, directory_};
  auto& content = job.content;
  content.destination = context_inside;
  content.initializer = file().initializer;
  content.secrets = file().secrets;
  content.without_history = true;
  content.allow_file_urls = deps_.settings->content.allow_file_urls;
  content.denied_networks = deps_.settings->content.denied_networks;
  content.download_networks = deps_.settings->content.download_networks;
  for (const auto& [name, source] : sources.archives)
    content.snapshots[name] = numbers.add(source);
  auto run = job_in_sandbox(std::move(job));
  run.network = true;
  run.directories = {{place("context"), context_inside}};
  for (const auto& path : sources.local)
    run.read_only.push_back({path, path});
  run.fds = std::move(numbers.fds);
  work<context_outcome>(std::move(run), [this](context_outcome& found) {
    for (const auto& warning : found.warnings)
      say("Warning: " + warning);
    images_.assign(found.images.begin(), found.images.end());
    next_base();
  });
}

/// What the node has under that name is what a workspace of that name would
/// run, so it is what a build is based on. What is no name at all the builder
/// will mind.
void build_state::next_base() {
  about_.clear();
  while (!images_.empty() && !parse_image_reference(images_.front()))
    images_.pop_front();
  if (images_.empty())
    return open_workshop();
  auto reference = std::move(images_.front());
  images_.pop_front();
  about_ = reference;
  ask_actor(self_, deps_.images, resolve_limit_of_build,
            resolve_image{reference, nullptr, true})
    .then(
      [this, reference](const stored_image& image) {
        if (!is_over())
          base_is_local(reference, image);
      },
      [this, reference](const caf::error& err) {
        if (code_of(err) == ec::not_found && !is_over())
          find_base_elsewhere(reference);
        else
          fail(err);
      });
}

void build_state::base_is_local(const std::string& reference,
                                const stored_image& image) {
  auto base = build_base{};
  base.reference = reference;
  base.digest = image.digest;
  base.config = image.config;
  base.created_s = image.created_ns / 1'000'000'000;
  if (!cache_.bases.contains(image.digest)) {
    base.tree = "/tree-" + std::to_string(trees_.size());
    trees_.push_back(image);
    // Nobody must remove them meanwhile.
    held_.insert(held_.end(), image.layers.begin(), image.layers.end());
    self_->send(deps_.images, hold_layers{"build-" + record_.id, held_});
  }
  bases_.push_back(std::move(base));
  next_base();
}

void build_state::find_base_elsewhere(const std::string& reference) {
  say("Resolving " + reference);
  ask<resolved_reference>(
    deps_.resolver, resolve_limit_of_build,
    resolve_reference{reference, what_.auth, what_.use_retry_client},
    [this, reference](const resolved_reference& found) {
      if (!cache_.bases.contains(found.digest))
        return fetch_base(reference, found);
      auto base = build_base{};
      base.reference = reference;
      base.digest = found.digest;
      bases_.push_back(std::move(base));
      next_base();
    });
}

/// By the digest that was resolved, with credentials that end in this sandbox:
/// none of the build's own steps ever sees them.
void build_state::fetch_base(const std::string& reference,
                             const resolved_reference& found) {
  say("Pulling " + found.reference);
  auto name = "base-" + std::to_string(bases_.size());
  auto go_on = [this, reference, found, name](const registry_login& login) {
    auto parsed = parse_image_reference(found.reference);
    auto registry = deps_.registry_of(found.reference);
    auto job = fetch_image_job{};
    job.reference = found.reference;
    job.out = out_inside;
    job.scratch = scratch_inside_fetch;
    job.insecure = registry.insecure;
    if (parsed)
      job.auth_json = to_auth_json(parsed->registry, login);
    auto run = job_in_sandbox(std::move(job));
    run.network = true;
    run.directories
      = {{place(name.c_str()), out_inside},
         {place((name + "-scratch").c_str()), scratch_inside_fetch}};
    work<image_outcome>(std::move(run), [=, this](const image_outcome&) {
      auto base = build_base{};
      base.reference = reference;
      base.digest = found.digest;
      base.layout = "/" + name;
      bases_.push_back(std::move(base));
      next_base();
    });
  };
  make(
    {{place(name.c_str()), 0755}, {place((name + "-scratch").c_str()), 0755}},
    [this, found, go_on] {
      ask<registry_login>(deps_.resolver, resolve_limit_of_build,
                          find_login{found.reference, what_.auth}, go_on);
    });
}

} // namespace berth
