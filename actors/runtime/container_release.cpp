#include "actors/runtime/container_release.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto part_limit = 40s;

} // namespace

void container_release_state::take_charge(container_release_actor::pointer self,
                                          runtime_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

void container_release_state::await(int parts, stage next) {
  parts_left_ = parts;
  next_ = next;
}

void container_release_state::part_done() {
  if (--parts_left_ == 0)
    (this->*next_)();
}

void container_release_state::part_failed(const caf::error& why) {
  log_error("release-failed", what_.id, describe(why));
  if (!first_error_)
    first_error_ = why;
  part_done();
}

template <class Hand, class Job>
void container_release_state::have(Hand hand, Job job) {
  ask_actor(self_, hand, part_limit, std::move(job))
    .then([this](const done&) { part_done(); },
          [this](const caf::error& err) { part_failed(err); });
}

caf::typed_response_promise<done>
container_release_state::run(const release_container& what) {
  what_ = what;
  promise_ = self_->make_response_promise<done>();
  await(1, &container_release_state::delete_container);
  have(deps_.services, close_service{what_.id});
  return promise_;
}

void container_release_state::delete_container() {
  await(1, &container_release_state::remove_kernel_objects);
  auto call
    = runtime_call(deps_, {"delete", "--force", layout::container(what_.id)});
  ask_actor(self_, deps_.process, part_limit, run_child{std::move(call)})
    .then(
      [this](const child_exit& end) {
        // One that it does not know is no error to it. Whatever else it says,
        // the cgroup is emptied next.
        if (end.code != 0)
          log_warning("delete-refused", what_.id, last_words(end));
        part_done();
      },
      [this](const caf::error& err) { part_failed(err); });
}

void container_release_state::remove_kernel_objects() {
  auto where = deps_.where();
  await(what_.slot ? 3 : 2, what_.slot
                              ? &container_release_state::retain_log
                              : &container_release_state::remove_directories);
  have(deps_.hands.container(), end_monitor{what_.id});
  have(deps_.kernel.cgroup(), remove_cgroup{where.cgroup(what_.id)});
  if (what_.slot)
    have(deps_.kernel.veth(), remove_link{where.link(*what_.slot)});
}

void container_release_state::retain_log() {
  auto where = deps_.where();
  auto next = [this] { remove_directories(); };
  ask_actor(self_, deps_.kernel.file(), part_limit,
            move_tree{where.log(what_.id), where.retained_log(what_.id)})
    .then([next](const done&) { next(); },
          [next](const caf::error&) { next(); }); // there may be none
}

void container_release_state::remove_directories() {
  auto where = deps_.where();
  await(3, &container_release_state::finish);
  have(deps_.kernel.file(), remove_tree{where.workspace(what_.id).native()});
  have(deps_.kernel.file(), remove_tree{where.rootfs(what_.id).native()});
  // Left behind by a runtime that could not read its own state.
  have(deps_.kernel.file(),
       remove_tree{(where.crun_root() / layout::container(what_.id)).native()});
}

void container_release_state::finish() {
  if (first_error_)
    promise_.deliver(first_error_);
  else
    promise_.deliver(done{});
  self_->quit();
}

container_release_actor::behavior_type container_release(
  container_release_actor::stateful_pointer<container_release_state> self,
  runtime_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const release_container& what) { return self->state.run(what); },
  };
}

} // namespace berth
