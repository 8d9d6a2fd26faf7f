#include "actors/ask.hpp"
#include "actors/builds/build.hpp"
#include "core/builds/build_key.hpp"
#include "core/builds/registry_auth.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto keep_limit = 45min;
constexpr auto login_limit = 1min;
/// The store may be busy with removals.
constexpr auto look_limit = 10min;

constexpr auto layout_inside_push = "/layout";
constexpr auto scratch_inside_push = "/scratch";

} // namespace

/// Nothing is built: the workspace image is the base itself, by its own name.
void build_state::compose_of_image() {
  const auto& reference = std::get<image_source>(what_.source).reference;
  ask_actor(self_, deps_.images, look_limit,
            resolve_image{reference, nullptr, true})
    .then(
      [this, reference](const stored_image& image) {
        if (is_over())
          return;
        if (!deps_.has_registry())
          return enter(build_phase::composing,
                       [this, reference] { name_it(reference); });
        // What no registry has must be packed before it can be pushed.
        if (image.imported)
          return build_of_image(reference);
        fetch_image(reference);
      },
      [this, reference](const caf::error& err) {
        if (code_of(err) != ec::not_found)
          fail(err);
        else if (!is_over())
          fetch_image(reference);
      });
}

void build_state::fetch_image(const std::string& reference) {
  say("Pulling " + reference);
  auto go_on = [this, reference](const registry_login& login) {
    auto parsed = parse_image_reference(reference);
    auto registry = deps_.registry_of(reference);
    auto job = fetch_image_job{};
    job.reference = reference;
    job.out = layout_inside_push;
    job.scratch = scratch_inside_push;
    job.insecure = registry.insecure;
    if (parsed)
      job.auth_json = to_auth_json(parsed->registry, login);
    auto run = job_in_sandbox(std::move(job));
    run.network = true;
    run.directories = {{place("out"), layout_inside_push},
                       {place("tmp"), scratch_inside_push}};
    work<image_outcome>(std::move(run), [this](const image_outcome& fetched) {
      digest_ = fetched.digest;
      publish();
    });
  };
  ask<registry_login>(deps_.resolver, login_limit,
                      find_login{reference, what_.auth}, go_on);
}

/// By a Dockerfile of one line.
void build_state::build_of_image(const std::string& reference) {
  dockerfile_ = "Dockerfile";
  images_ = {reference};
  ask<done>(
    deps_.kernel.file(), look_limit,
    write_file{place("context/Dockerfile"), "FROM " + reference + "\n", 0644},
    [this](done) { next_base(); });
}

void build_state::publish() {
  if (deps_.has_registry())
    enter(build_phase::pushing, [this] {
      say("Pushing " + record_.reference);
      make({{place("push"), 0755}}, [this] { push(); });
    });
  else
    enter(build_phase::composing, [this] { keep_here(); });
}

/// Without a registry the image is this node's alone. If every layer was found
/// again, so is the image: then there is nothing to unpack.
void build_state::keep_here() {
  auto same = same_repository(record_.reference, digest_);
  ask_actor(self_, deps_.images, look_limit, resolve_image{same, nullptr, true})
    .then(
      [this, same](const stored_image&) {
        if (!is_over())
          name_it(same);
      },
      [this](const caf::error& err) {
        if (is_over())
          return;
        if (!has_layout_)
          return fail(code_of(err) != ec::not_found
                        ? err
                        : make_error(ec::aborted,
                                     "the image was removed while it was "
                                     "built; please try again"));
        auto import = import_image{};
        import.name = record_.reference;
        import.layout = place("out");
        ask<stored_image>(
          deps_.images, keep_limit, std::move(import),
          [this](const stored_image& image) { finish(image.digest); });
      });
}

void build_state::name_it(const std::string& image) {
  auto again = import_image{};
  again.name = record_.reference;
  again.same_as = image;
  ask<stored_image>(
    deps_.images, look_limit, std::move(again),
    [this](const stored_image& named) { finish(named.digest); });
}

/// The base too, if it is one of ours; both are the same image. Only here are
/// the node's own credentials shown, to nobody but the registry.
void build_state::push() {
  about_.clear(); // the worker knows which of them
  auto job = push_image_job{};
  job.layout = layout_inside_push;
  job.digest = digest_;
  if (std::holds_alternative<dockerfile_source>(what_.source))
    job.references.push_back(record_.base_reference);
  job.references.push_back(record_.reference);
  job.scratch = scratch_inside_push;
  job.insecure = deps_.registry_of(record_.reference).insecure;
  auto own = build_auth{};
  own.all = true;
  ask<registry_login>(
    deps_.resolver, login_limit, find_login{record_.reference, own},
    [this, job](const registry_login& login) {
      auto shown = job;
      auto parsed = parse_image_reference(record_.reference);
      if (parsed)
        shown.auth_json = to_auth_json(parsed->registry, login);
      auto run = job_in_sandbox(std::move(shown));
      run.network = true;
      run.directories = {{place("out"), layout_inside_push},
                         {place("push"), scratch_inside_push}};
      work<image_outcome>(std::move(run), [this](const image_outcome& pushed) {
        finish(pushed.digest);
      });
    });
}

} // namespace berth
