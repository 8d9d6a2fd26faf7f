#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/environment.hpp"
#include "core/layout.hpp"
#include "core/log.hpp"
#include "core/oci/choose_kind.hpp"
#include "core/progress_text.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

/// A container's end is awaited in spans of a day: a request wants a deadline,
/// a workspace may run for longer.
constexpr auto awaiting_span = 24 * 60min;

constexpr auto image_limit = 120min;
constexpr auto launch_limit = 2min;

/// What the content's worker is told; the environment is not its business.
initializer_secrets passwords_among(const initializer_secrets& secrets) {
  auto passwords = secrets;
  std::erase_if(passwords,
                [](const auto& it) { return is_variable_path(it.first); });
  return passwords;
}

} // namespace

void workspace_state::tell_progress(const std::string& text) {
  if (is_leaving() || record_->phase == phase::running
      || text == record_->message)
    return;
  change([&](workspace_record& record) { record.message = text; });
}

void workspace_state::take_steps() {
  if (is_leaving())
    return;
  auto wanted = steps_of(record_->spec.type);
  for (const auto& info : start_steps) {
    auto is_due = (wanted & bit(info.step)) && !(begun_ & bit(info.step))
                  && !(info.needs & wanted & ~done_);
    if (is_due)
      begin_step(info.step);
  }
}

void workspace_state::begin_step(start_step step) {
  begun_ |= bit(step);
  under_way_ |= bit(step);
  switch (step) {
    case start_step::image: return resolve_image_step();
    case start_step::content: return fill_content_step();
    case start_step::container: return launch_step();
  }
}

void workspace_state::resolve_image_step() {
  if (record_->phase == phase::pending)
    change([this](workspace_record& record) {
      enter(phase::creating, record);
      record.conditions.pulling_images = true;
    });
  auto me = workspace_actor{self_};
  auto job = resolve_image{record_->spec.image, [me](std::string line) {
                             tell_actor(me, progress_told{std::move(line)});
                           }};
  ask_actor(self_, deps_.images, image_limit, std::move(job))
    .then(
      [this](stored_image& image) { take_image(std::move(image)); },
      [this](const caf::error& err) { step_failed(start_step::image, err); });
}

void workspace_state::take_image(stored_image image) {
  image_ = std::move(image);
  self_->send(deps_.images, hold_layers{record_->spec.id, image_.layers});
  auto kind = choose_kind(limits(), image_.config);
  if (!kind)
    return step_failed(start_step::image, kind.error());
  if (!is_leaving())
    change([this, kind = *kind](workspace_record& record) {
      enter(phase::initializing, record);
      record.conditions.pulling_images = false;
      record.image_digest = image_.digest;
      record.image_layers = image_.layers;
      record.image_bytes = image_.bytes;
      record.kind = kind;
      record.message.clear();
    });
  step_done(start_step::image);
}

workspace_class workspace_state::limits() const {
  const auto& all = deps_.settings->classes;
  auto found = all.find(record_->spec.class_id);
  return found == all.end() ? workspace_class{} : found->second;
}

void workspace_state::fill_content_step() {
  auto me = workspace_actor{self_};
  auto job = initialize_content{};
  job.id = whose();
  job.initializer = record_->spec.initializer;
  job.secrets = passwords_among(secrets_);
  job.is_empty = record_->spec.initializer_is_empty;
  job.snapshots = record_->spec.snapshots;
  job.prebuilds = record_->spec.prebuilds;
  job.local_repositories = record_->spec.local_repositories;
  job.repositories = record_->spec.repositories;
  job.quota_bytes = limits().storage_bytes;
  if (!record_->taken_over.empty())
    job.place = layout{*deps_.settings}.place(record_->taken_over);
  job.on_progress = [me](content_progress progress) {
    tell_actor(me,
               progress_told{progress.what
                             + progress_text(progress.done, progress.total)});
  };
  ask_actor(self_, deps_.content,
            deps_.settings->timeouts.initialization + 1min, std::move(job))
    .then(
      [this](content_initialized& content) {
        content_dir_ = content.directory;
        content_in_place_ = content.in_place;
        change([&](workspace_record& record) {
          record.conditions.content_ready = true;
          record.initializer_metrics = content.metrics;
        });
        step_done(start_step::content);
      },
      [this](const caf::error& err) { step_failed(start_step::content, err); });
}

result<std::shared_ptr<const container_plan>>
workspace_state::plan_container() const {
  const auto& spec = record_->spec;
  auto plan = std::make_shared<container_plan>();
  plan->id = record_->container_id();
  plan->hostname = spec.meta_id;
  plan->image = image_;
  plan->content_dir = content_dir_;
  plan->slot = record_->slot;
  plan->kind = record_->kind;
  plan->limits = limits();
  plan->asleep = spec.type == workspace_type::ghost;
  plan->headless = spec.is_headless() && !plan->asleep;
  if (plan->asleep)
    return std::shared_ptr<const container_plan>{plan};
  plan->env = workspace_environment(*record_, *deps_.settings);
  auto secret = protected_environment(spec, secrets_);
  if (!secret)
    return secret.error();
  plan->secret_env = std::move(*secret);
  return std::shared_ptr<const container_plan>{plan};
}

void workspace_state::launch_step() {
  if (!record_->taken_over.empty())
    return wake_step();
  auto plan = plan_container();
  if (!plan)
    return step_failed(start_step::container, plan.error());
  ask_actor(self_, deps_.runtime, launch_limit, launch{*plan})
    .then([this](const launched& container) { container_is_up(container); },
          [this](const caf::error& err) {
            step_failed(start_step::container, err);
          });
}

/// What the ghost left is a matter of speed alone: if anything about it does
/// not fit, this workspace gets a container of its own.
void workspace_state::wake_step() {
  // The init of a compatible container cannot become the user who runs tasks.
  auto can_be_it
    = record_->kind == prepared_.kind
      && (record_->kind == container_kind::own || !record_->spec.is_headless());
  auto fits
    = can_be_it && image_.digest == prepared_.image_digest && content_in_place_;
  auto plan = plan_container();
  if (!fits || !plan)
    return launch_anew();
  ask_actor(self_, deps_.runtime, launch_limit,
            wake{*plan, prepared_.container})
    .then(
      [this](const done&) {
        container_is_up({prepared_.container, prepared_.address});
      },
      [this](const caf::error& err) {
        log_warning("not-woken", record_->spec.id, describe(err));
        launch_anew();
      });
}

void workspace_state::launch_anew() {
  ask_actor(self_, deps_.runtime, launch_limit,
            release{record_->container_id(), record_->slot})
    .then(
      [this](const done&) {
        change([](workspace_record& record) { record.taken_over.clear(); });
        if (!is_leaving())
          return launch_step();
        under_way_ &= ~bit(start_step::container);
        start_step_ended();
      },
      [this](const caf::error& err) {
        step_failed(start_step::container, err);
      });
}

void workspace_state::container_is_up(const launched& container) {
  under_way_ &= ~bit(start_step::container);
  done_ |= bit(start_step::container);
  if (is_leaving())
    return start_step_ended();
  now_running(container);
}

void workspace_state::now_running(const launched& container) {
  auto runs = [this, container](workspace_record& record) {
    enter(phase::running, record);
    record.running_since = now();
    record.message.clear();
    record.conditions.ever_ready = true;
    record.conditions.deployed = true;
    record.container = container.container;
    record.node_name = deps_.settings->node.name;
    record.node_ip = container.address;
  };
  if (std::exchange(secrets_, {}).empty())
    change(runs);
  else
    // Who sees it running finds none of its secrets on the disk any more.
    change_silently(runs, [this] {
      auto tell = [this, stored = stored_] { told(stored); };
      ask_actor(self_, deps_.secrets(), 10s, erase_secrets{record_->spec.id})
        .then([tell](const done&) { tell(); },
              [this, tell](const caf::error& err) {
                log_error("secrets-not-erased", record_->spec.id,
                          describe(err));
                tell();
              });
    });
  if (!record_->spec.ssh_keys.empty())
    show_ssh_keys(answer<done>{[](const result<done>&) {}});
  watch_end();
  arm_backup();
  arm_storage_look();
}

void workspace_state::step_done(start_step step) {
  under_way_ &= ~bit(step);
  done_ |= bit(step);
  if (is_leaving())
    start_step_ended();
  else
    take_steps();
}

void workspace_state::step_failed(start_step step, const caf::error& err) {
  under_way_ &= ~bit(step);
  // Being stopped is no failure of the step that was stopped.
  if (is_leaving())
    return start_step_ended();
  log_info("start-failed", record_->spec.id, describe(err));
  auto text = describe(err);
  switch (step) {
    case start_step::image: text = "cannot pull image: " + text; break;
    case start_step::content:
      text = "Content initialization failed: " + text;
      break;
    case start_step::container: text = "cannot start container: " + text; break;
  }
  leave([text](workspace_record& record) { record.conditions.failed = text; });
}

void workspace_state::watch_end() {
  ask_actor(self_, deps_.runtime, awaiting_span,
            await_end{record_->container_id(), record_->container})
    .then([this](const container_end& end) { container_ended(end); },
          [this](const caf::error& err) {
            if (is_leaving())
              return;
            if (code_of(err) == ec::timeout)
              return watch_end();
            log_error("end-not-watched", record_->spec.id, describe(err));
          });
}

} // namespace berth
